#include "control/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/json.h"

struct picture *picture_new(const char *topic, const json_t *data)
{
    char *text AUTO_FREE = json_write(data);
    struct picture *picture;
    size_t most;
    int len;

    if (text == NULL)
        return NULL;
    most = strlen(text) + strlen(topic) + 100;
    picture = malloc(sizeof *picture + most);
    if (picture == NULL)
        return NULL;
    len = snprintf(picture->line, most,
                   "{\"jsonrpc\":\"2.0\",\"method\":\"event\",\"params\":{\"topic\":\"%s\","
                   "\"data\":%s}}\n",
                   topic, text);
    picture->refs = 1;
    picture->len = (size_t)len;
    return picture;
}

void picture_free(struct picture *picture)
{
    if (picture != NULL && --picture->refs == 0)
        free(picture);
}

struct client *client_new(int fd, uint64_t serial, const struct peer *peer)
{
    struct client *client = calloc(1, sizeof *client);

    if (client == NULL) {
        close(fd);
        return NULL;
    }
    client->fd = fd;
    client->serial = serial;
    client->peer = *peer;
    str_copy(client->origin, sizeof client->origin, "local");
    frame_init(&client->in);
    str_init(&client->out, CLIENT_OUT_MAX);
    return client;
}

void client_free(struct client *client)
{
    if (client == NULL)
        return;
    for (unsigned t = 0; t < FEED_COUNT; t++)
        picture_free(client->waiting[t]);
    frame_clear(&client->in);
    str_clear(&client->out);
    close(client->fd);
    free(client);
}

bool client_read(struct client *client)
{
    size_t room;
    char *to = frame_room(&client->in, &room);
    ssize_t n;

    if (to == NULL)
        return false;
    n = recv(client->fd, to, room, MSG_DONTWAIT);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    if (n == 0)
        return false;
    frame_add(&client->in, (size_t)n);
    return true;
}

/* When all answers are gone, the waiting pictures have their turn. */
static void refill(struct client *client)
{
    if (client->sent < client->out.len)
        return;
    client->sent = 0;
    if (client->out.room > CLIENT_OUT_HIGH)
        str_clear(&client->out);
    else
        str_reset(&client->out);
    for (unsigned t = 0; t < FEED_COUNT; t++) {
        struct picture *picture = client->waiting[t];

        if (picture == NULL)
            continue;
        client->waiting[t] = NULL;
        str_add(&client->out, picture->line, picture->len);
        picture_free(picture);
    }
}

bool client_write(struct client *client)
{
    if (client->out.full)
        return false; /* it asks and does not listen */
    for (;;) {
        ssize_t n;

        refill(client);
        if (client->sent == client->out.len)
            return true;
        n = send(client->fd, client->out.data + client->sent, client->out.len - client->sent,
                 MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        client->sent += (size_t)n;
    }
}

bool client_wants_read(const struct client *client)
{
    return !client->closing && client->out.len - client->sent < CLIENT_OUT_HIGH &&
           client->tasks < CLIENT_TASKS_MAX;
}

bool client_wants_write(const struct client *client)
{
    if (client->sent < client->out.len)
        return true;
    for (unsigned t = 0; t < FEED_COUNT; t++)
        if (client->waiting[t] != NULL)
            return true;
    return false;
}

void client_say(struct client *client, json_t *object)
{
    char *text AUTO_FREE = json_write(object);

    json_decref(object);
    if (text == NULL) {
        client->out.full = true; /* no memory for an answer: the client must not wait for it */
        return;
    }
    /* what is gone makes room before more is asked for */
    if (client->sent > 0 && client->sent >= client->out.len / 2) {
        memmove(client->out.data, client->out.data + client->sent,
                client->out.len - client->sent + 1);
        client->out.len -= client->sent;
        client->sent = 0;
    }
    str_adds(&client->out, text);
    str_add(&client->out, "\n", 1);
}

void client_push(struct client *client, enum feed feed, struct picture *picture)
{
    if (picture == NULL)
        return;
    picture_free(client->waiting[feed]);
    picture->refs++;
    client->waiting[feed] = picture;
}
