/*
 * proto.h - what the core and its clients say to each other.
 *
 * JSON-RPC 2.0 over a Unix stream socket, one object a line (UTF-8, at most
 * PROTO_LINE_MAX bytes). The first request is `hello` with this version; any
 * other first word, or another version, is answered with an error and closed.
 *
 *   -> {"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":1,"client":"signalbox 0.1.0"}}
 *   <- {"jsonrpc":"2.0","id":1,"result":{"protocol":1,"core":"0.1.0","role":"admin","user":"ana",...}}
 *   -> {"jsonrpc":"2.0","id":2,"method":"watch","params":{"topics":["overview","activity"]}}
 *   <- {"jsonrpc":"2.0","method":"event","params":{"topic":"overview","data":{...}}}
 *
 * `watch` replaces the client's earlier list. The core pushes at most four times
 * a second, a topic only when it changed; of a slow client's unread pictures only
 * the newest is kept. Errors: the codes of JSON-RPC, and PROTO_REFUSED with
 * data {"kind":"<err.def name>","thing":"..."}; the text is for people.
 *
 * Times in results are microseconds since 1970 in UTC (integers; 0: never);
 * durations are in the unit their name ends with (_ms, _us, _s). Ids are
 * integers. Money is decimal text beside a currency. The methods and the shape
 * of every result stand in methods.def.
 */
#ifndef CONTROL_PROTO_H
#define CONTROL_PROTO_H

#define PROTO_VERSION 1
#define PROTO_SOCKET "control.sock" /* in the state directory, mode 0660 */
#define PROTO_LINE_MAX (1 << 20)
#define PROTO_PAGE_MAX 500 /* rows in one answer */
#define PROTO_PUSH_MS 250

enum proto_code {
    PROTO_PARSE = -32700,
    PROTO_REQUEST = -32600,
    PROTO_METHOD = -32601,
    PROTO_PARAMS = -32602,
    PROTO_INTERNAL = -32603,
    PROTO_REFUSED = -32000, /* a known error: data.kind says which */
    PROTO_ROLE = -32001,    /* this user may not */
    PROTO_GREW = -32002,    /* the set is no longer the one that was shown: data.count */
    PROTO_VERSION_BAD = -32003
};

/* Weakest first: each may do what the ones before it may. */
enum proto_role { PROTO_VIEWER, PROTO_OPERATOR, PROTO_ADMIN };

#endif
