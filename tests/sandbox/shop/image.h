/*
 * image.h - pictures of goods: small PNGs of one colour, the same for the same product and number.
 */
#ifndef SANDBOX_SHOP_IMAGE_H
#define SANDBOX_SHOP_IMAGE_H

#include <stdint.h>

#include "base/str.h"

#define IMAGE_SIDE 32

void image_png(uint64_t salt, struct str *out);

#endif
