/* The assembler copies the files in; make rebuilds this object when one changes. */
#include "base/assets.h"

#define ASSET(name, path)                                                                          \
    __asm__(".pushsection .rodata\n.global asset_" #name "\n"                                      \
            "asset_" #name ": .incbin \"" ASSETS "/" path "\"\n.byte 0\n.popsection\n");
#include "base/assets.def"
