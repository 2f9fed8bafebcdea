/*
 * feed.c - pictures for those who watch: made once for all of them, pushed only when they differ
 * from the last one. What people watch is looked at once a second, in one go; alerts four times.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "control/inside.h"
#include "control/rows.h"

static const struct {
    const char *topic;
    int64_t every_us;
} topics[FEED_COUNT] = {
    [FEED_OVERVIEW] = { "overview", 1000000 },
    [FEED_ACTIVITY] = { "activity", 1000000 },
    [FEED_ALERTS] = { "alerts", PROTO_PUSH_MS * 1000 },
};

static bool watched(const struct control *control, unsigned feed)
{
    for (size_t i = 0; i < control->client_count; i++)
        if ((control->clients[i]->topics & 1u << feed) != 0)
            return true;
    return false;
}

bool feed_watched(const struct control *control)
{
    for (unsigned f = 0; f < FEED_COUNT; f++)
        if (watched(control, f))
            return true;
    return false;
}

json_t *feed_clients(const struct control *control)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < control->client_count; i++) {
        const struct client *client = control->clients[i];
        bool named = false;

        /* a command comes and goes: only who watches is named, and only once */
        for (size_t j = 0; j < json_array_size(rows); j++)
            named = named || strcmp(json_text_or(json_array_get(rows, j), "user", ""),
                                    client->peer.user) == 0;
        if (client->topics != 0 && !named)
            json_array_append_new(rows, json_pack("{s:o,s:s}", "user", json_str(client->peer.user),
                                                  "role", role_name(client->peer.role)));
    }
    return rows;
}

static json_t *rows_of(json_t *rows)
{
    return rows != NULL ? json_pack("{s:o}", "rows", rows) : NULL;
}

static json_t *look(struct control *control, unsigned feed)
{
    static const struct peer core = { .user = "core", .role = PROTO_VIEWER };
    const struct control_options *o = &control->options;
    struct call call = { .store = o->store,
                         .db = control->db,
                         .schedule = o->schedule,
                         .services = &o->services,
                         .peer = &core,
                         .origin = "",
                         .started = control->started,
                         .trend = &control->trend };
    struct err none = { .kind = ERR_NONE };

    if (!db_view_begin(call.db, &none))
        return NULL;
    if (feed == FEED_OVERVIEW) {
        call.clients = feed_clients(control);
        m_overview(&call, &none);
        json_decref(call.clients);
    } else if (feed == FEED_ACTIVITY)
        call.result = rows_of(rows_activity(&call, &none));
    else
        call.result = rows_of(rows_alerts(&call, &none));
    db_view_end(call.db);
    return call.result;
}

/* The text by which two pictures are compared: the time alone is no news. */
static char *essence(json_t *data)
{
    json_t *now = json_object_get(data, "now");
    char *text;

    json_incref(now);
    json_object_del(data, "now");
    text = json_write(data);
    if (now != NULL)
        json_object_set_new(data, "now", now);
    return text;
}

/* Makes the picture anew; true when it differs from the last. */
static bool refresh(struct control *control, unsigned feed)
{
    struct feed_state *state = &control->feeds[feed];
    json_auto_t *data = look(control, feed);
    char *text;

    if (data == NULL || (text = essence(data)) == NULL)
        return false;
    if (state->last != NULL && strcmp(state->last, text) == 0) {
        free(text);
        return false;
    }
    free(state->last);
    state->last = text;
    picture_free(state->picture);
    state->picture = picture_new(topics[feed].topic, data);
    return state->picture != NULL;
}

void feed_tick(struct control *control, int64_t ticks)
{
    for (unsigned f = 0; f < FEED_COUNT; f++) {
        struct feed_state *state = &control->feeds[f];

        if (ticks < state->next || !watched(control, f))
            continue;
        state->next = ticks + topics[f].every_us;
        if (!refresh(control, f))
            continue;
        for (size_t i = 0; i < control->client_count; i++)
            if ((control->clients[i]->topics & 1u << f) != 0)
                client_push(control->clients[i], (enum feed)f, state->picture);
    }
}

void feed_welcome(struct control *control, struct client *client)
{
    for (unsigned f = 0; f < FEED_COUNT; f++) {
        if ((client->topics & 1u << f) == 0)
            continue;
        refresh(control, f);
        client_push(client, (enum feed)f, control->feeds[f].picture);
    }
}

void feed_clear(struct control *control)
{
    for (unsigned f = 0; f < FEED_COUNT; f++) {
        free(control->feeds[f].last);
        picture_free(control->feeds[f].picture);
        control->feeds[f] = (struct feed_state){ .last = NULL };
    }
}
