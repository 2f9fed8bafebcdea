/*
 * customer.h - the flow "customer in", as its files share it. Internal to core/jobs.
 *
 *     customer_in.c     the run and the rehearsal: read, find, write, close
 *     customer_find.c   who it is in Odoo, and what would be written; only reads
 *     customer_merge.c  what both hold, in three versions: who takes whose, what a person is asked
 *     customer_write.c  contacts, what they lack, companies, addresses: one call for many
 *
 * Who a customer is: its pair; else the contact with its e-mail; else, when it has none, the one
 * with its phone; never a name. A contact that is there is linked and only what is empty in it is
 * filled; from then on name, e-mail, phone and note are kept in step both ways (sync/contact.h). Exactly once: creates are loads with external ids, fills are absolute.
 */
#ifndef JOBS_CUSTOMER_H
#define JOBS_CUSTOMER_H

#include <jansson.h>

#include "jobs/ask.h"
#include "jobs/rehearse.h"
#include "jobs/remember.h"
#include "jobs/workshop.h"
#include "store/pairs.h"
#include "sync/findings.h"

enum customer_how { CUSTOMER_NEW, CUSTOMER_PAIRED, CUSTOMER_BY_EMAIL, CUSTOMER_BY_PHONE };

/* One customer on its way. Everything is the case's own; customer_case_clear frees it. */
struct customer_case {
    struct batch_job *job; /* NULL: in a rehearsal */
    int64_t id;            /* Shopify's */
    json_t *customer, *needs;
    struct findings findings;
    struct pair pair; /* id 0: never seen */
    json_t *held;     /* {agreed, apart}: what both held when they were last compared; NULL: never */
    json_t *told;     /* what the contact was told before; NULL: nothing */
    enum customer_how how;
    int64_t partner;   /* Odoo's; 0: none so far */
    bool behind;       /* an earlier one of the batch has its e-mail and is new too */
    json_t *used;      /* metafields it carries: [{key, lacking}] */
    json_t *extra;     /* of the plan: mapped metafields */
    json_t *plan;      /* the contact as the shop tells it */
    json_t *row;       /* as Odoo has it; NULL: new */
    struct ask ask;
    json_t *shop, *odoo, *merge; /* both sides of now, and what to do (diff.h) */
    json_t *cells;     /* columns that merge decides; NULL: none */
    when shopify_at, odoo_at; /* when each side changed */
    json_t *fill;      /* what of the plan the row lacks */
    bool whole;        /* new, and made with its addresses */
    json_t *children;  /* {fingerprint: id} known; negative: seen at its addresses, to be remembered */
    size_t lacking;    /* addresses that are to be made */
    bool ended;
    struct err why;    /* of its end, in a rehearsal */
};

struct customer_flow {
    struct workshop_place *place;
    struct db *db;
    struct store *store; /* NULL: a rehearsal */
    struct customer_case *cases;
    size_t count;
    json_t *fields;     /* fields_get of res.partner */
    json_t *categories; /* {"tag": id; -1: to be made} */
    json_t *companies;  /* {"ID": {"x_field": text}}: of new ones, what metafields are mapped to */
    struct remember remember;
    struct closing *last; /* carries the batch's figures */
};

#define EACH_CUSTOMER(flow, c)                                                                     \
    for (struct customer_case *c = (flow)->cases; c < (flow)->cases + (flow)->count; c++)          \
        if (!c->ended)

/* node: borrowed. False: the case has its end (err), or a side failed: *err. */
bool customer_take(struct customer_flow *flow, struct customer_case *c, const json_t *node,
                   struct err *err);
/* All open cases; false: a side is busy or denied. */
bool customer_find(struct customer_flow *flow, struct err *err);
bool customer_merge(struct customer_flow *flow, struct err *err); /* part of customer_find */
/* Of new contacts: what their companies have beside a name; and those companies, made. */
bool customer_read_companies(struct customer_flow *flow, struct err *err);
bool customer_companies(struct customer_flow *flow, struct err *err);
bool customer_write(struct customer_flow *flow, struct err *err);
/* What goes to the shop; what it refuses is asked, or flagged. Part of customer_write. */
void customer_tell(struct customer_flow *flow);
json_t *customer_held(const struct customer_case *c); /* for the pair: {agreed, apart} */
/* The job's end: asking, or done. */
void customer_ask_close(struct customer_case *c, const char *title, struct closing *closing);

/* The rows of the children of contacts, by id, as partner_is_at wants them. */
bool customer_children(struct customer_flow *flow, json_t *parents, json_t **rows,
                       struct err *err);

void customer_failed(struct customer_flow *flow, struct customer_case *c, const struct err *err);
void customer_case_clear(struct customer_case *c);

#endif
