/*
 * chart.h - gauges, sparks and charts in three tiers of signs: braille, blocks, ASCII.
 *
 * Numbers below 0 count as 0. Nothing is shown by colour alone: a gauge stands
 * beside its number.
 */
#ifndef TUI_WIDGETS_CHART_H
#define TUI_WIDGETS_CHART_H

#include <jansson.h>

#include "tui/draw/canvas.h"

#define CHART_MAX 512 /* samples; more are cut at the old end */

/* A bar of width columns; its colour rises at 60 and 85 %. */
void gauge_draw(struct canvas *c, int y, int x, int width, double value, double maximum);

/* The same in one colour: how far something is, where much is no alarm. */
void progress_draw(struct canvas *c, int y, int x, int width, double value, double maximum);

/* The same without a ground and always in one colour: a bar to compare with its neighbours. */
void bar_draw(struct canvas *c, int y, int x, int width, double value, double maximum);

/* One line; the newest sample is at the right. Samples may be NULL: then it is blank. */
void spark_draw(struct canvas *c, int y, int x, int width, const json_t *samples, enum role role);

/*
 * All samples over r.w columns and r.h lines, scaled to top (0: to a round number
 * not below the highest sample). Returns the scale used.
 */
double chart_draw(struct canvas *c, struct rect r, const json_t *samples, double top);

#endif
