/*
 * parse.h - a GraphQL document as a tree. Owned by its document, read-only afterwards.
 *
 * Values are JSON; {"$var": name} stands for a variable and {"$enum": name} for an enum value.
 * Limits: 256 KiB of text, 64 levels, 10,000 selections.
 */
#ifndef SANDBOX_GRAPHQL_PARSE_H
#define SANDBOX_GRAPHQL_PARSE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/auto.h"

#define PARSE_TEXT_MAX (256 * 1024)
#define PARSE_DEPTH_MAX 64
#define PARSE_NODES_MAX 10000

struct place {
    int line, column;
};

struct argument {
    char *name;
    json_t *value;
    struct place at;
};

struct arguments {
    struct argument *list;
    size_t count;
};

struct directive {
    char *name;
    struct arguments args;
    struct place at;
};

enum selection_kind { SELECTION_FIELD, SELECTION_SPREAD, SELECTION_INLINE };

struct selections {
    struct selection *list;
    size_t count;
};

struct selection {
    enum selection_kind kind;
    char *alias, *name; /* alias is the name where none is given; spread: the fragment's */
    char *on;           /* type condition of an inline fragment, NULL: none */
    struct arguments args;
    struct directive *directives;
    size_t directive_count;
    struct selections inner;
    struct place at;
};

struct variable {
    char *name, *type;
    json_t *value; /* default, NULL: none */
    struct place at;
};

struct operation {
    bool mutation;
    char *name; /* NULL: none */
    struct variable *variables;
    size_t variable_count;
    struct selections inner;
    struct place at;
};

struct fragment {
    char *name, *on;
    struct selections inner;
    struct place at;
};

struct document {
    struct operation *operations;
    size_t operation_count;
    struct fragment *fragments;
    size_t fragment_count;
};

struct syntax_error {
    char text[256];
    struct place at;
};

struct document *document_parse(const char *text, size_t len, struct syntax_error *error);
void document_free(struct document *d);
AUTO_DEFINE(document)
const struct fragment *document_fragment(const struct document *d, const char *name);

#endif
