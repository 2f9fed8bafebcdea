#include "base/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <sys/stat.h>

#include "base/str.h"

#define KEY 32
#define NONCE 12
#define TAG 16
#define SALT 16
#define CREDENTIAL_MAX 4096
#define SEAL_VERSION 1
#define SECURE_HEAP 262144

struct seal {
    unsigned char *key; /* secure memory; the two keys: to seal, for fingerprints */
    const char *origin;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void secure_heap(void)
{
    if (!CRYPTO_secure_malloc_initialized())
        CRYPTO_secure_malloc_init(SECURE_HEAP, 32);
}

/* Whole file into secure memory, at most CREDENTIAL_MAX bytes. *absent: there is none. */
static unsigned char *read_file(const char *path, size_t *len, bool *absent, struct err *err)
{
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    unsigned char *data;
    ssize_t n;

    *absent = fd < 0 && errno == ENOENT;
    if (fd < 0) {
        if (!*absent)
            err_errno(err, ERR_DENIED, errno, "read the master key %s", path);
        return NULL;
    }
    data = OPENSSL_secure_zalloc(CREDENTIAL_MAX);
    if (data == NULL) {
        err_set(err, ERR_BUSY, "no secure memory for the master key");
        return NULL;
    }
    n = read(fd, data, CREDENTIAL_MAX);
    if (n < 0) {
        err_errno(err, ERR_DENIED, errno, "read the master key %s", path);
        OPENSSL_secure_clear_free(data, CREDENTIAL_MAX);
        return NULL;
    }
    *len = (size_t)n;
    return data;
}

static bool write_new(const char *path, const void *data, size_t len, struct err *err)
{
    AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    char dir[PATH_MAX];
    char *slash;

    if (fd < 0)
        return err_errno(err, ERR_DENIED, errno, "make %s", path);
    if (write(fd, data, len) != (ssize_t)len || fsync(fd) != 0) {
        int number = errno;

        unlink(path);
        return err_errno(err, ERR_BUSY, number, "write %s", path);
    }
    /* the name must be on disk before anything is sealed with what is behind it */
    str_copy(dir, sizeof dir, path);
    slash = strrchr(dir, '/');
    if (slash != NULL) {
        slash[1] = '\0';
        AUTO_CLOSE int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (at < 0 || fsync(at) != 0)
            return err_errno(err, ERR_BUSY, errno, "write %s", dir);
    }
    return true;
}

/* The key proper: a digest of what the source holds, so that any length will do. */
static bool derive(struct seal *seal, const void *data, size_t len, struct err *err)
{
    static const char *const uses[] = { "signalbox seal", "signalbox fingerprint" };

    for (unsigned i = 0; i < 2; i++)
        if (HMAC(EVP_sha256(), data, (int)len, (const unsigned char *)uses[i], strlen(uses[i]),
                 seal->key + (size_t)i * KEY, NULL) == NULL)
            return err_set(err, ERR_BUG, "derive the master key: OpenSSL refused");
    return true;
}

/* own: it lies with us, not with systemd. make: and is made when it is not there. */
static bool from_file(struct seal *seal, const char *path, bool own, bool make, bool *absent,
                      struct err *err)
{
    unsigned char fresh[KEY];
    struct stat st;
    size_t len = 0;
    unsigned char *data = read_file(path, &len, absent, err);
    bool ok;

    if (data == NULL && *absent && make) {
        if (RAND_priv_bytes(fresh, sizeof fresh) != 1)
            return err_set(err, ERR_BUSY, "no random bytes for the master key");
        ok = write_new(path, fresh, sizeof fresh, err) && derive(seal, fresh, sizeof fresh, err);
        OPENSSL_cleanse(fresh, sizeof fresh);
        return ok;
    }
    if (data == NULL)
        return false;
    if (len < KEY)
        ok = err_set(err, ERR_DENIED, "the master key %s has %zu bytes; it needs %d", path, len,
                     KEY);
    else if (own && stat(path, &st) == 0 && (st.st_mode & 077) != 0)
        ok = err_set(err, ERR_DENIED, "the master key %s can be read by others: chmod 600 it",
                     path);
    else
        ok = derive(seal, data, len, err);
    OPENSSL_secure_clear_free(data, CREDENTIAL_MAX);
    return ok;
}

static bool from_passphrase(struct seal *seal, const char *dir, const char *words,
                            struct err *err)
{
    char path[PATH_MAX];
    unsigned char fresh[SALT], *salt = NULL, *key;
    size_t len = 0;
    bool absent, ok;

    snprintf(path, sizeof path, "%s/seal.salt", dir);
    salt = read_file(path, &len, &absent, err);
    if (salt == NULL && !absent)
        return false;
    if (salt == NULL) {
        if (RAND_bytes(fresh, sizeof fresh) != 1)
            return err_set(err, ERR_BUSY, "no random bytes for the salt");
        if (!write_new(path, fresh, sizeof fresh, err))
            return false;
        len = sizeof fresh;
    } else if (len != SALT) {
        OPENSSL_secure_clear_free(salt, CREDENTIAL_MAX);
        return err_set(err, ERR_INVALID, "%s has %zu bytes; it needs %d", path, len, SALT);
    }
    key = OPENSSL_secure_zalloc(KEY);
    ok = key != NULL && EVP_PBE_scrypt(words, strlen(words), salt != NULL ? salt : fresh, len,
                                       1 << 17, 8, 1, UINT64_C(256) << 20, key, KEY) == 1;
    ok = ok ? derive(seal, key, KEY, err)
            : err_set(err, ERR_BUSY, "derive the master key: no memory for scrypt (128 MiB)");
    OPENSSL_secure_clear_free(key, KEY);
    OPENSSL_secure_clear_free(salt, CREDENTIAL_MAX);
    return ok;
}

static bool find_key(struct seal *seal, const char *dir, const struct seal_source *source,
                     struct err *err)
{
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");
    char path[PATH_MAX];
    bool absent = true;

    if (credentials != NULL) {
        snprintf(path, sizeof path, "%s/signalbox-key", credentials);
        seal->origin = "systemd credential";
        if (from_file(seal, path, false, false, &absent, err))
            return true;
        if (!absent)
            return false;
    }
    if (source != NULL && source->passphrase != NULL) {
        seal->origin = "passphrase";
        return from_passphrase(seal, dir, source->passphrase, err);
    }
    seal->origin = "key file";
    if (source != NULL && source->key_file != NULL && source->key_file[0] != '\0')
        str_copy(path, sizeof path, source->key_file);
    else
        snprintf(path, sizeof path, "%s/key", dir);
    if (from_file(seal, path, true, source == NULL || !source->keep, &absent, err))
        return true;
    return !absent || source == NULL || !source->keep
               ? false
               : err_set(err, ERR_DENIED, "the key %s that the secrets were sealed with is gone: "
                                          "bring it back, from where the backups are", path);
}

struct seal *seal_new(const char *dir, const struct seal_source *source, struct err *err)
{
    AUTO(seal) seal = NULL;

    pthread_once(&once, secure_heap);
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        err_errno(err, ERR_DENIED, errno, "make the state directory %s", dir);
        return NULL;
    }
    seal = calloc(1, sizeof *seal);
    if (seal != NULL)
        seal->key = OPENSSL_secure_zalloc(2 * KEY);
    if (seal == NULL || seal->key == NULL) {
        err_set(err, ERR_BUSY, "no memory for the master key");
        return NULL;
    }
    if (!find_key(seal, dir, source, err))
        return NULL;
    return TAKE(seal);
}

void seal_free(struct seal *seal)
{
    if (seal == NULL)
        return;
    OPENSSL_secure_clear_free(seal->key, 2 * KEY);
    free(seal);
}

const char *seal_origin(const struct seal *seal)
{
    return seal->origin;
}

static bool gcm(EVP_CIPHER_CTX *c, bool seal, const unsigned char *key, const unsigned char *nonce,
                const char *about, const unsigned char *in, size_t len, unsigned char *out)
{
    int n = 0;

    return EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce, seal) == 1 &&
           EVP_CipherUpdate(c, NULL, &n, (const unsigned char *)about, (int)strlen(about)) == 1 &&
           EVP_CipherUpdate(c, out, &n, in, (int)len) == 1;
}

bool seal_close(const struct seal *seal, const char *about, const void *plain, size_t len,
                unsigned char *sealed, size_t *sealed_len, struct err *err)
{
    unsigned char *nonce = sealed + 1, *body = nonce + NONCE;
    EVP_CIPHER_CTX *c;
    int n = 0;
    bool ok;

    if (len > SEAL_PLAIN_MAX)
        return err_set(err, ERR_INVALID, "a secret of more than %d bytes", SEAL_PLAIN_MAX);
    c = EVP_CIPHER_CTX_new();
    sealed[0] = SEAL_VERSION;
    ok = c != NULL && RAND_bytes(nonce, NONCE) == 1 &&
         gcm(c, true, seal->key, nonce, about, plain, len, body) &&
         EVP_CipherFinal_ex(c, body + len, &n) == 1 &&
         EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG, body + len) == 1;
    EVP_CIPHER_CTX_free(c);
    if (!ok)
        return err_set(err, ERR_BUG, "seal a secret: OpenSSL refused");
    *sealed_len = len + SEAL_OVERHEAD;
    return true;
}

char *seal_open(const struct seal *seal, const char *about, const unsigned char *sealed,
                size_t sealed_len, size_t *len, struct err *err)
{
    size_t room = sealed_len > SEAL_OVERHEAD ? sealed_len - SEAL_OVERHEAD : 0;
    unsigned char tag[TAG], *plain;
    EVP_CIPHER_CTX *c;
    int n = 0;
    bool ok;

    if (sealed_len < SEAL_OVERHEAD || room > SEAL_PLAIN_MAX || sealed[0] != SEAL_VERSION) {
        err_set(err, ERR_INVALID, "a sealed secret is damaged");
        return NULL;
    }
    plain = OPENSSL_secure_zalloc(room + 1);
    if (plain == NULL) {
        err_set(err, ERR_BUSY, "no secure memory for a secret");
        return NULL;
    }
    c = EVP_CIPHER_CTX_new();
    memcpy(tag, sealed + sealed_len - TAG, TAG);
    ok = c != NULL && gcm(c, false, seal->key, sealed + 1, about, sealed + 1 + NONCE, room, plain) &&
         EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 &&
         EVP_CipherFinal_ex(c, plain + room, &n) == 1;
    EVP_CIPHER_CTX_free(c);
    if (!ok) {
        seal_forget((char *)plain);
        err_set(err, ERR_DENIED, "a secret was sealed with another key than this one (%s)",
                seal->origin);
        return NULL;
    }
    *len = room;
    return (char *)plain;
}

void seal_forget(char *plain)
{
    if (plain == NULL)
        return;
    /* without a secure heap (no memory for it) OpenSSL gives plain memory */
    OPENSSL_secure_clear_free(plain, CRYPTO_secure_allocated(plain)
                                         ? CRYPTO_secure_actual_size(plain)
                                         : strlen(plain));
}

void seal_fingerprint(const struct seal *seal, const void *plain, size_t len,
                      char text[SEAL_FINGERPRINT_MAX])
{
    unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };

    HMAC(EVP_sha256(), seal->key + KEY, KEY, plain, len, digest, NULL);
    snprintf(text, SEAL_FINGERPRINT_MAX, "%02x%02x-%02x%02x-%02x%02x", digest[0], digest[1],
             digest[2], digest[3], digest[4], digest[5]);
}
