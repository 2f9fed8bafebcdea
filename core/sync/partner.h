/*
 * partner.h - customers and addresses as partners in Odoo.
 *
 * One contact per customer, found by our external id, then by normalised e-mail, never by name;
 * its invoice and delivery addresses are children, one per fingerprint.
 */
#ifndef SYNC_PARTNER_H
#define SYNC_PARTNER_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"
#include "sync/findings.h"
#include "sync/reference.h"

/* Who a contact is, told by an order or by a customer of the shop. Borrowed, NULL: not told. */
struct person {
    int64_t id;    /* Shopify's customer; 0: none */
    int64_t order; /* the order that tells of it; 0: none */
    const char *email, *first, *last, *company, *phone, *note, *locale;
    const json_t *home;  /* its own address */
    const json_t *tags;  /* [text] */
    const json_t *extra; /* {"x_field": "text"}: mapped metafields, the same keys for all */
    const char *place;   /* fingerprint of the address that a guest is known by */
    int64_t parent;      /* the company it belongs to in Odoo; 0: none */
    char otherwise[96];  /* its name when nothing else is one: "Customer of #1042" */
};
struct person person_of_order(const json_t *order);

/*
 * The external id of a contact: shopify_<shopkey>.partner_<24 hex of SHA-256 of the e-mail>, else
 * customer_<id>, else guest_<24 hex of the address fingerprint>, else guest_<order id>. Empty text
 * when policy books guests on guest_partner.
 */
bool partner_xmlid(const struct person *person, const char *shopkey, const struct reference *r,
                   char *to, size_t size);
/*
 * Load plan (order_to_odoo.h) of the contact: name, e-mail, phone, address, tags as categories,
 * language. Create once: a contact that exists is not touched. categories: {"tag": id}, may be
 * NULL. Model "res.partner".
 */
json_t *partner_contact(const struct person *person, const char *shopkey,
                        const struct reference *r, const json_t *categories, struct findings *f);
/*
 * Load plan of the company a customer buys for: {id, name}, with the person's own address, which
 * its contacts then share. External id shopify_<shopkey>.company_<id>. extra: as a person's.
 */
json_t *partner_company(const json_t *company, const struct person *person, const char *shopkey,
                        const struct reference *r, const json_t *extra, struct findings *f);
/*
 * Load plan of a child address; type "invoice", "delivery" or "other" (both). NULL: without memory.
 * External id shopify_<shopkey>.address_<parent>_<first 24 hex of the fingerprint>_<type>.
 */
json_t *partner_address(const json_t *address, int64_t parent, const char *type,
                        const char *locale, const char *shopkey, const struct reference *r,
                        struct findings *f);
/* "Acme Ltd, Ada Byron"; "" without any name. */
json_t *partner_address_name(const json_t *address, bool with_company);
/*
 * The plan of a contact with plans of its addresses in it: made in one go, at less than half of what
 * Odoo takes for children that are made by themselves (it writes each parent's commercial fields
 * down again). For a contact that no company employs. The children get no external ids: who they
 * are is seen by what they say.
 */
json_t *partner_with_addresses(const json_t *contact, const json_t *addresses, const char *locale,
                               const struct reference *r);
/* Load plan of partner tags (res.partner.category) by name. */
json_t *partner_category(const char *name, const char *shopkey);
/* The same for tags of sale orders (crm.tag). */
json_t *partner_order_tag(const char *name, const char *shopkey);
/* Name for a person or a company out of what there is; never empty. limit: bytes. */
json_t *partner_name(const char *first, const char *last, const char *company, const char *email,
                     const char *otherwise);

#endif
