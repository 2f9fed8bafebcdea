/*
 * seal.h - secrets at rest: AES-256-GCM under one master key per state directory.
 *
 * The master key comes, in this order, from the systemd credential
 * $CREDENTIALS_DIRECTORY/signalbox-key (at least 32 bytes), from a passphrase (scrypt,
 * N=2^17, r=8, p=1; its salt lies in DIR/seal.salt), or from a key file (32 random bytes,
 * made on the first run, mode 0600; refused when others may read it). It is kept in OpenSSL's secure memory.
 * A seal is constant after seal_new: any thread may use it.
 */
#ifndef BASE_SEAL_H
#define BASE_SEAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"
#include "base/err.h"

#define SEAL_PLAIN_MAX 16384
#define SEAL_OVERHEAD 29 /* version, nonce, tag */
#define SEAL_FINGERPRINT_MAX 17

struct seal_source {
    const char *passphrase; /* NULL: none. The caller cleanses its own copy */
    const char *key_file;   /* NULL: DIR/key */
    bool keep;              /* there are secrets already: a key that is gone is not made anew */
};

struct seal;

/* dir: the state directory. Refusals (DENIED) say in words where the key was looked for. */
struct seal *seal_new(const char *dir, const struct seal_source *source, struct err *err);
void seal_free(struct seal *seal);
AUTO_DEFINE(seal)
const char *seal_origin(const struct seal *seal); /* "systemd credential", "passphrase", "key file" */

/*
 * about binds the sealed bytes to their place ("3:odoo_key"): moved elsewhere they do not open.
 * sealed: at least len + SEAL_OVERHEAD bytes.
 */
bool seal_close(const struct seal *seal, const char *about, const void *plain, size_t len,
                unsigned char *sealed, size_t *sealed_len, struct err *err);
/* The plain text, NUL-terminated, in secure memory; for seal_forget. NULL: DENIED, wrong key. */
char *seal_open(const struct seal *seal, const char *about, const unsigned char *sealed,
                size_t sealed_len, size_t *len, struct err *err);
void seal_forget(char *plain); /* wipes and frees; NULL is fine */
/* A short keyed digest by which people tell secrets apart: "3fa9-01bc-77de". */
void seal_fingerprint(const struct seal *seal, const void *plain, size_t len,
                      char text[SEAL_FINGERPRINT_MAX]);

#endif
