/*
 * log.h - lines on standard error, with journald's <N> priorities.
 *
 * Libraries do not log: only main, the running of a job and the two servers do.
 * No secret and no personal data goes into a line: ids, order names, kinds, counts.
 * Control characters are replaced. Any thread may call; a line is one write(2).
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_FAIL = 3, LOG_WARN = 4, LOG_NOTE = 5, LOG_INFO = 6, LOG_DEBUG = 7 };

void log_limit(enum log_level most); /* lines above it are dropped; LOG_INFO at first */
void log_line(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_fail(...) log_line(LOG_FAIL, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN, __VA_ARGS__)
#define log_note(...) log_line(LOG_NOTE, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

#endif
