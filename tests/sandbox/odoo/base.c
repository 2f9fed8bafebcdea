#include "tests/sandbox/odoo/base.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "tests/sandbox/data.h"
#include "tests/sandbox/odoo/xmlid.h"

/* ---- indexes: value -> sorted ids ---- */

struct entry {
    struct value value;
    struct ids ids;
    struct entry *next;
};

struct index {
    struct entry **buckets;
    size_t room, count;
};

enum undo_kind { UNDO_SET, UNDO_NEW, UNDO_DELETE, UNDO_XMLID_NEW, UNDO_XMLID_DELETE };

struct undo {
    enum undo_kind kind;
    struct record *record;
    struct field *field;
    struct value value;
    struct xmlid *xmlid;
};

static const struct value nothing = { .kind = VALUE_NONE };

static struct entry **index_slot(const struct index *x, const struct value *value)
{
    struct entry **e = &x->buckets[value_hash(value) & (x->room - 1)];

    while (*e != NULL && !value_equal(&(*e)->value, value))
        e = &(*e)->next;
    return e;
}

static void index_grow(struct index *x)
{
    struct index bigger = { .room = x->room == 0 ? 64 : x->room * 2, .count = x->count };

    bigger.buckets = calloc(bigger.room, sizeof(struct entry *));
    if (bigger.buckets == NULL)
        abort();
    for (size_t i = 0; i < x->room; i++)
        while (x->buckets[i] != NULL) {
            struct entry *e = x->buckets[i], **to = &bigger.buckets[value_hash(&e->value) &
                                                                     (bigger.room - 1)];

            x->buckets[i] = e->next;
            e->next = *to;
            *to = e;
        }
    free(x->buckets);
    *x = bigger;
}

static void index_add(struct index *x, const struct value *value, int id)
{
    struct entry **slot;

    if (x->count * 2 >= x->room)
        index_grow(x);
    slot = index_slot(x, value);
    if (*slot == NULL) {
        *slot = calloc(1, sizeof **slot);
        if (*slot == NULL)
            abort();
        (*slot)->value = value_copy(value);
        x->count++;
    }
    ids_insert(&(*slot)->ids, id);
}

static void index_drop(struct index *x, const struct value *value, int id)
{
    struct entry **slot = x->room == 0 ? NULL : index_slot(x, value), *e;

    if (slot == NULL || *slot == NULL)
        return;
    e = *slot;
    ids_remove(&e->ids, id);
    if (e->ids.count > 0)
        return;
    *slot = e->next;
    value_clear(&e->value);
    ids_clear(&e->ids);
    free(e);
    x->count--;
}

const struct ids *index_find(const struct field *f, const struct value *value)
{
    struct entry **slot;

    if (f->index == NULL || f->index->room == 0)
        return NULL;
    slot = index_slot(f->index, value);
    return *slot == NULL ? NULL : &(*slot)->ids;
}

static void index_free(struct index *x)
{
    if (x == NULL)
        return;
    for (size_t i = 0; i < x->room; i++)
        while (x->buckets[i] != NULL) {
            struct entry *e = x->buckets[i];

            x->buckets[i] = e->next;
            value_clear(&e->value);
            ids_clear(&e->ids);
            free(e);
        }
    free(x->buckets);
    free(x);
}

/* ---- models and fields ---- */

static const char *const type_names[] = {
#define TYPE(id, name) [FIELD_##id] = name,
#include "tests/sandbox/odoo/types.def"
#undef TYPE
};

const char *field_type_name(enum field_type type)
{
    return type_names[type];
}

bool field_is_x2many(const struct field *f)
{
    return f->type == FIELD_ONE2MANY || f->type == FIELD_MANY2MANY;
}

struct model *model_find(const struct odoo *o, const char *name)
{
    for (size_t i = 0; i < o->model_count; i++)
        if (strcmp(o->models[i]->name, name) == 0)
            return o->models[i];
    return NULL;
}

static size_t name_hash(const char *name)
{
    size_t h = 5381;

    for (; *name != '\0'; name++)
        h = h * 33 + (unsigned char)*name;
    return h;
}

struct field *field_find(const struct model *m, const char *name)
{
    for (size_t i = name_hash(name);; i++) {
        struct field *f = m->hashed[i & (m->hash_room - 1)];

        if (f == NULL || strcmp(f->name, name) == 0)
            return f;
    }
}

/* "sale_order_line" -> "Sale Order Line"; a trailing _id or _ids is not spoken */
static char *spoken(const char *name)
{
    char *label = strdup(name);
    size_t len = label == NULL ? 0 : strlen(label);

    if (len > 4 && strcmp(label + len - 4, "_ids") == 0)
        label[len - 4] = '\0';
    else if (len > 3 && strcmp(label + len - 3, "_id") == 0)
        label[len - 3] = '\0';
    for (size_t i = 0; label != NULL && label[i] != '\0'; i++) {
        if (label[i] == '_')
            label[i] = ' ';
        else if ((i == 0 || label[i - 1] == ' ') && label[i] >= 'a' && label[i] <= 'z')
            label[i] = (char)(label[i] - 32);
    }
    return label;
}

static void selection_parse(struct field *f, char *list)
{
    char *save = NULL;

    for (char *word = strtok_r(list, ",", &save); word != NULL; word = strtok_r(NULL, ",", &save)) {
        char **more = realloc(f->selection, (f->selection_count + 1) * sizeof *more);

        if (more == NULL)
            abort();
        f->selection = more;
        for (char *p = word; *p != '\0'; p++)
            if (*p == '~')
                *p = ' ';
        f->selection[f->selection_count++] = strdup(word);
    }
}

/* ".name type[:relation[:inverse]] flags [digits] [=a,b] [| label]" */
static bool field_parse(struct field *f, char *line)
{
    char *label = strstr(line, " | "), *save = NULL, *word, *part, *inner = NULL;

    if (label != NULL)
        *label = '\0';
    *f = (struct field){ .digits = -1, .column = -1, .stored = true };
    word = strtok_r(line + 1, " ", &save);
    f->name = word == NULL ? NULL : strdup(word);
    word = strtok_r(NULL, " ", &save);
    if (f->name == NULL || word == NULL)
        return false;
    part = strtok_r(word, ":", &inner);
    for (f->type = 0; f->type < FIELD_TYPE_COUNT; f->type++)
        if (strcmp(type_names[f->type], part) == 0)
            break;
    part = strtok_r(NULL, ":", &inner);
    f->relation = part == NULL ? NULL : strdup(part);
    part = strtok_r(NULL, ":", &inner);
    f->inverse = part == NULL ? NULL : strdup(part);
    word = strtok_r(NULL, " ", &save);
    if (word == NULL || f->type == FIELD_TYPE_COUNT)
        return false;
    f->required = strchr(word, 'R') != NULL;
    f->readonly = strchr(word, 'r') != NULL;
    f->stored = strchr(word, 'n') == NULL;
    f->translated = strchr(word, 't') != NULL;
    f->dependent = strchr(word, 'c') != NULL;
    while ((word = strtok_r(NULL, " ", &save)) != NULL) {
        if (*word == '=')
            selection_parse(f, word + 1);
        else
            f->digits = *word - '0';
    }
    f->label = label == NULL ? spoken(f->name) : strdup(label + 3);
    return f->label != NULL;
}

/* "model NAME TABLE REC_NAME TRANSIENT ORDER | label" */
static struct model *model_parse(char *line)
{
    struct model *m = calloc(1, sizeof *m);
    char *label = strstr(line, " | "), *save = NULL;
    char **words[] = { NULL, &m->name, &m->table, &m->rec_name, NULL, &m->order };
    char *word;

    if (label == NULL)
        abort();
    *label = '\0';
    m->label = strdup(label + 3);
    word = strtok_r(line, " ", &save);
    for (size_t i = 0; i < sizeof words / sizeof words[0] && word != NULL; i++) {
        if (words[i] != NULL)
            *words[i] = strdup(word);
        else if (i == 4)
            m->transient = *word == '1';
        word = strtok_r(NULL, " ", &save);
    }
    for (char *p = m->order; p != NULL && *p != '\0'; p++)
        if (*p == '~')
            *p = ' ';
    return m;
}

static void model_hash(struct model *m)
{
    m->hash_room = 64;
    while (m->hash_room < m->field_count * 2)
        m->hash_room *= 2;
    m->hashed = calloc(m->hash_room, sizeof *m->hashed);
    if (m->hashed == NULL)
        abort();
    for (size_t i = 0; i < m->field_count; i++) {
        size_t h = name_hash(m->fields[i].name);

        while (m->hashed[h & (m->hash_room - 1)] != NULL)
            h++;
        m->hashed[h & (m->hash_room - 1)] = &m->fields[i];
    }
    m->write_date = field_find(m, "write_date");
    m->active = field_find(m, "active");
}

static void models_link(struct odoo *o)
{
    for (size_t i = 0; i < o->model_count; i++) {
        struct model *m = o->models[i];

        model_hash(m);
        for (size_t k = 0; k < m->field_count; k++) {
            struct field *f = &m->fields[k];

            if (f->relation != NULL)
                f->comodel = model_find(o, f->relation);
            if (f->type == FIELD_MANY2ONE && f->stored && f->comodel != NULL)
                f->index = calloc(1, sizeof *f->index);
        }
    }
}

bool base_load_models(struct odoo *o, const char *fields, struct err *err)
{
    char line[2048];
    struct model *m = NULL;

    while (data_line(&fields, line, sizeof line)) {
        if (strncmp(line, "model ", 6) == 0) {
            struct model **more = realloc(o->models, (o->model_count + 1) * sizeof *more);

            if (more == NULL)
                return err_set(err, ERR_BUSY, "no memory for the models");
            o->models = more;
            m = o->models[o->model_count++] = model_parse(line);
        } else {
            struct field *more =
                m == NULL ? NULL : realloc(m->fields, (m->field_count + 1) * sizeof *more);

            if (more == NULL)
                return err_set(err, ERR_BUG, "the table of fields starts without a model");
            m->fields = more;
            if (!field_parse(&m->fields[m->field_count++], line))
                return err_set(err, ERR_BUG, "bad line in the table of fields: %s", line);
        }
    }
    models_link(o);
    return true;
}

void field_index(struct odoo *o, const char *model, const char *field)
{
    struct field *f = field_find(model_find(o, model), field);

    if (f->index == NULL)
        f->index = calloc(1, sizeof *f->index);
}

void field_computed(struct odoo *o, const char *model, const char *field, field_compute compute)
{
    struct field *f = field_find(model_find(o, model), field);

    assert(f != NULL);
    f->compute = compute;
}

/* ---- records ---- */

struct record *record_get(const struct model *m, int id)
{
    return id > 0 && id < m->room ? m->records[id] : NULL;
}

static struct undo *undo_add(struct odoo *o, enum undo_kind kind)
{
    if (o->undo_count == o->undo_room) {
        size_t room = o->undo_room == 0 ? 256 : o->undo_room * 2;
        struct undo *more = realloc(o->undo, room * sizeof *more);

        if (more == NULL)
            abort();
        o->undo = more;
        o->undo_room = room;
    }
    o->undo[o->undo_count] = (struct undo){ .kind = kind };
    return &o->undo[o->undo_count++];
}

static void record_place(struct model *m, struct record *r)
{
    if (r->id >= m->room) {
        int room = m->room == 0 ? 64 : m->room;

        while (room <= r->id)
            room *= 2;
        m->records = realloc(m->records, (size_t)room * sizeof *m->records);
        if (m->records == NULL)
            abort();
        memset(m->records + m->room, 0, (size_t)(room - m->room) * sizeof *m->records);
        m->room = room;
    }
    m->records[r->id] = r;
    m->count++;
}

struct record *record_new(struct call *c, struct model *m)
{
    struct record *r = calloc(1, sizeof *r);

    if (r == NULL)
        abort();
    r->model = m;
    r->id = ++m->last_id;
    record_place(m, r);
    undo_add(c->odoo, UNDO_NEW)->record = r;
    return r;
}

/* Leaves the record's values alone: a rollback puts it back. */
static void record_unplace(struct record *r)
{
    struct model *m = r->model;

    for (size_t i = 0; i < m->field_count; i++) {
        struct field *f = &m->fields[i];

        if (f->index != NULL && f->column >= 0 && f->column < r->columns)
            index_drop(f->index, &r->cols[f->column], r->id);
    }
    m->records[r->id] = NULL;
    m->count--;
}

static void record_free(struct record *r)
{
    for (int i = 0; i < r->columns; i++)
        value_clear(&r->cols[i]);
    free(r->cols);
    free(r);
}

void record_delete(struct call *c, struct record *r)
{
    record_unplace(r);
    undo_add(c->odoo, UNDO_DELETE)->record = r;
}

static void record_room(struct record *r, int column)
{
    struct value *cols;
    int columns = r->model->columns;

    if (column < r->columns)
        return;
    cols = realloc(r->cols, (size_t)columns * sizeof *cols);
    if (cols == NULL)
        abort();
    memset(cols + r->columns, 0, (size_t)(columns - r->columns) * sizeof *cols);
    r->cols = cols;
    r->columns = columns;
}

/* Exchanges the stored value with *value, indexes included. */
static void record_swap(struct record *r, struct field *f, struct value *value)
{
    struct value old;

    if (f->column < 0)
        f->column = r->model->columns++;
    record_room(r, f->column);
    old = r->cols[f->column];
    if (f->index != NULL && old.kind != VALUE_NONE)
        index_drop(f->index, &old, r->id);
    r->cols[f->column] = *value;
    if (f->index != NULL && value->kind != VALUE_NONE)
        index_add(f->index, value, r->id);
    *value = old;
}

void record_set(struct call *c, struct record *r, struct field *f, struct value value)
{
    struct undo *u;

    record_swap(r, f, &value);
    u = undo_add(c->odoo, UNDO_SET);
    u->record = r;
    u->field = f;
    u->value = value;
}

const struct value *record_at(const struct record *r, const struct field *f)
{
    return f->column < 0 || f->column >= r->columns ? &nothing : &r->cols[f->column];
}

void put(struct call *c, struct record *r, const char *field, struct value value)
{
    struct field *f = field_find(r->model, field);

    assert(f != NULL);
    record_set(c, r, f, value);
}

const struct value *at(const struct record *r, const char *field)
{
    const struct field *f = field_find(r->model, field);

    assert(f != NULL);
    return record_at(r, f);
}

int at_id(const struct record *r, const char *field)
{
    const struct value *v = at(r, field);

    return v->kind == VALUE_INT ? (int)v->number : 0;
}

double at_real(const struct record *r, const char *field)
{
    const struct value *v = at(r, field);

    if (v->kind == VALUE_INT)
        return (double)v->number;
    return v->kind == VALUE_REAL ? v->real : 0;
}

const char *at_text(const struct record *r, const char *field)
{
    const struct value *v = at(r, field);

    return v->kind == VALUE_TEXT ? v->text : "";
}

bool at_is(const struct record *r, const char *field, const char *text)
{
    return strcmp(at_text(r, field), text) == 0;
}

struct record *at_record(const struct record *r, const char *field)
{
    const struct field *f = field_find(r->model, field);

    assert(f != NULL && f->comodel != NULL);
    return record_get(f->comodel, at_id(r, field));
}

/* ---- transactions ---- */

void base_commit(struct odoo *o)
{
    for (size_t i = 0; i < o->undo_count; i++) {
        struct undo *u = &o->undo[i];

        value_clear(&u->value);
        if (u->kind == UNDO_DELETE)
            record_free(u->record);
        if (u->kind == UNDO_XMLID_DELETE)
            xmlid_free(u->xmlid);
    }
    o->undo_count = 0;
    o->commits++;
}

static void undo_one(struct odoo *o, struct undo *u)
{
    switch (u->kind) {
    case UNDO_SET:
        record_swap(u->record, u->field, &u->value);
        value_clear(&u->value);
        break;
    case UNDO_NEW:
        record_unplace(u->record);
        record_free(u->record);
        break;
    case UNDO_DELETE:
        record_place(u->record->model, u->record);
        for (size_t i = 0; i < u->record->model->field_count; i++) {
            struct field *f = &u->record->model->fields[i];
            const struct value *v = record_at(u->record, f);

            if (f->index != NULL && v->kind != VALUE_NONE)
                index_add(f->index, v, u->record->id);
        }
        break;
    case UNDO_XMLID_NEW:
        xmlid_unplace(o, u->xmlid);
        xmlid_free(u->xmlid);
        break;
    case UNDO_XMLID_DELETE:
        xmlid_place(o, u->xmlid);
        break;
    }
}

void base_rollback(struct odoo *o, size_t to)
{
    while (o->undo_count > to)
        undo_one(o, &o->undo[--o->undo_count]);
}

void undo_xmlid(struct odoo *o, struct xmlid *x, bool created)
{
    undo_add(o, created ? UNDO_XMLID_NEW : UNDO_XMLID_DELETE)->xmlid = x;
}

bool fault(struct call *c, const char *name, const char *fmt, ...)
{
    va_list list;

    if (c->fault_name != NULL)
        return false;
    c->fault_name = strdup(name);
    va_start(list, fmt);
    if (vasprintf(&c->fault_text, fmt, list) < 0)
        c->fault_text = NULL;
    va_end(list);
    return false;
}

bool fault_clear(struct call *c)
{
    free(c->fault_name);
    free(c->fault_text);
    c->fault_name = c->fault_text = NULL;
    return true;
}

static void model_free(struct model *m)
{
    for (int i = 0; i < m->room; i++)
        if (m->records[i] != NULL)
            record_free(m->records[i]);
    for (size_t i = 0; i < m->field_count; i++) {
        struct field *f = &m->fields[i];

        index_free(f->index);
        for (size_t k = 0; k < f->selection_count; k++)
            free(f->selection[k]);
        free(f->selection);
        free(f->name);
        free(f->label);
        free(f->relation);
        free(f->inverse);
    }
    free(m->fields);
    free(m->hashed);
    free(m->named);
    free(m->records);
    free(m->name);
    free(m->label);
    free(m->table);
    free(m->rec_name);
    free(m->order);
    free(m);
}

void base_clear(struct odoo *o)
{
    base_commit(o);
    for (size_t i = 0; i < o->model_count; i++)
        model_free(o->models[i]);
    free(o->models);
    free(o->undo);
    xmlid_clear(o);
}
