#include "webhook/pair.h"

#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "webhook/listen.h"

/* A key behind a passphrase is none: there is nobody to type it. */
static int no_passphrase(char *buf, int size, int writing, void *ctx)
{
    (void)buf;
    (void)size;
    (void)writing;
    (void)ctx;
    return 0;
}

static bool check(const struct pair *pair, const char *cert, const char *key, struct err *err)
{
    BIO *certs = BIO_new_mem_buf(pair->cert, -1), *keys = BIO_new_mem_buf(pair->key, -1);
    X509 *x = certs != NULL ? PEM_read_bio_X509(certs, NULL, no_passphrase, NULL) : NULL;
    EVP_PKEY *k = keys != NULL ? PEM_read_bio_PrivateKey(keys, NULL, no_passphrase, NULL) : NULL;
    bool good = false;

    if (x == NULL)
        err_set(err, ERR_INVALID, "%s holds no certificate (PEM)", cert);
    else if (k == NULL)
        err_set(err, ERR_INVALID, "%s holds no key (PEM, without a passphrase)", key);
    else if (X509_check_private_key(x, k) != 1)
        err_set(err, ERR_INVALID, "the certificate %s and the key %s do not fit together", cert,
                key);
    else
        good = true;
    X509_free(x);
    EVP_PKEY_free(k);
    BIO_free(certs);
    BIO_free(keys);
    ERR_clear_error();
    return good;
}

bool pair_read(struct pair *pair, const char *cert, const char *key, struct err *err)
{
    struct pair made = { 0 };

    made.cert = listen_file(cert, PAIR_MAX, err);
    made.key = made.cert != NULL ? listen_file(key, PAIR_MAX, err) : NULL;
    if (made.key == NULL || !check(&made, cert, key, err)) {
        pair_clear(&made);
        return false;
    }
    *pair = made;
    return true;
}

void pair_clear(struct pair *pair)
{
    listen_forget(pair->cert);
    listen_forget(pair->key);
    *pair = (struct pair){ NULL, NULL };
}

bool pair_is(const struct pair *a, const struct pair *b)
{
    return strcmp(a->cert, b->cert) == 0 && strcmp(a->key, b->key) == 0;
}

uint64_t pair_sign(const char *cert, const char *key)
{
    const char *const paths[] = { cert, key };
    uint64_t sign = 14695981039346656037U; /* FNV-1a over what changes with a file */

    for (unsigned i = 0; i < 2; i++) {
        struct stat st;
        uint64_t parts[4];

        if (stat(paths[i], &st) != 0)
            return 0;
        parts[0] = (uint64_t)st.st_ino;
        parts[1] = (uint64_t)st.st_size;
        parts[2] = (uint64_t)st.st_mtim.tv_sec;
        parts[3] = (uint64_t)st.st_mtim.tv_nsec;
        for (unsigned k = 0; k < 4; k++)
            sign = (sign ^ parts[k]) * 1099511628211U;
    }
    return sign != 0 ? sign : 1;
}
