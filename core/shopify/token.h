/*
 * token.h - the access token of a shop: permanent, or asked for with the client's credentials and
 * renewed at 80 % of its life. One thread asks, the others wait for it (single flight).
 *
 * Internal to core/shopify; any thread may call.
 */
#ifndef SHOPIFY_TOKEN_H
#define SHOPIFY_TOKEN_H

#include <stdbool.h>

#include "base/auto.h"
#include "base/err.h"
#include "http/http.h"

#define TOKEN_MAX 256

struct token;

struct token_settings {
    const char *url; /* of the shop */
    const char *permanent;
    const char *client_id, *client_secret;
    const char *ca_file;
    unsigned connect_ms, total_ms;
};

struct token *token_new(const struct token_settings *settings, struct err *err);
void token_free(struct token *token); /* wipes */
AUTO_DEFINE(token)

/* Copies the token that is good now. The caller wipes it (token_wipe) after use. */
bool token_get(struct token *token, struct http *http, char to[TOKEN_MAX], struct err *err);
/* The shop refused this one (401). True: another may be had, try once more. */
bool token_refused(struct token *token, const char *refused);
void token_wipe(char text[TOKEN_MAX]);
/* The scopes that came with the last token, "a,b,c"; false: a permanent token tells none. */
bool token_scopes(struct token *token, char *to, size_t size);

#endif
