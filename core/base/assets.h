/*
 * assets.h - the files of assets/ as strings in the program: asset_sql_0001_first...
 * Constant, NUL-terminated.
 */
#ifndef BASE_ASSETS_H
#define BASE_ASSETS_H

#define ASSET(name, path) extern const char asset_##name[];
#include "base/assets.def"
#undef ASSET

#endif
