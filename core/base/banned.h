/* Calls that have no safe use here do not compile. Force-included by the build. */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/* these must have been seen before their words are poisoned */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* macros of a hardened libc under clang */
#undef sprintf
#undef vsprintf

#pragma GCC poison strcpy strcat sprintf vsprintf strncpy strncat strtok gmtime localtime atoi
#pragma GCC poison atol strerror gets

#endif
