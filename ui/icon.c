/* Shapes of protocols and pictures of hosts, as paths on a grid of 24. */
#include "canvas.h"

#include <math.h>

#include "view.h"

static void box(cairo_t *cr, double x, double y, double w, double h, double r)
{
    cairo_new_sub_path(cr);
    cairo_arc(cr, x + w - r, y + r, r, -G_PI_2, 0);
    cairo_arc(cr, x + w - r, y + h - r, r, 0, G_PI_2);
    cairo_arc(cr, x + r, y + h - r, r, G_PI_2, G_PI);
    cairo_arc(cr, x + r, y + r, r, G_PI, 3 * G_PI_2);
    cairo_close_path(cr);
}

static void line(cairo_t *cr, double x1, double y1, double x2, double y2)
{
    cairo_move_to(cr, x1, y1);
    cairo_line_to(cr, x2, y2);
}

/* ---- Hosts: lines of the ink, and what is to be filled with it. */

static void computer(cairo_t *cr)
{
    box(cr, 2, 3.5, 20, 13, 1.8);
    line(cr, 12, 16.5, 12, 20.5);
    line(cr, 7.5, 20.5, 16.5, 20.5);
    cairo_stroke(cr);
}

static void mail(cairo_t *cr)
{
    box(cr, 2, 4.5, 20, 15, 1.8);
    cairo_move_to(cr, 2.8, 6.2);
    cairo_line_to(cr, 12, 13.2);
    cairo_line_to(cr, 21.2, 6.2);
    cairo_stroke(cr);
}

static void tree_node(cairo_t *cr, double x, double y, bool is_filled)
{
    box(cr, x, y, 7, 5.6, 1.2);
    is_filled ? cairo_fill_preserve(cr) : (void)0;
    cairo_stroke(cr);
}

/* The tree of names. Where in it this server stands is filled: the root at the top, a top-level domain on the
 * way down, an authoritative server at the leaves. A local server only looks, so it has a lens. */
static void tree(cairo_t *cr, enum view_role role)
{
    cairo_move_to(cr, 5.5, 15.6);
    cairo_line_to(cr, 5.5, 12);
    cairo_line_to(cr, role == VIEW_LOCAL ? 13 : 18.5, 12);
    if (role != VIEW_LOCAL)
        cairo_line_to(cr, 18.5, 15.6);
    line(cr, 12, 8.4, 12, 12);
    cairo_stroke(cr);
    tree_node(cr, 8.5, 2.8, role == VIEW_ROOT);
    if (role == VIEW_TLD) {
        cairo_arc(cr, 12, 12, 2.4, 0, 2 * G_PI);
        cairo_fill(cr);
    }
    tree_node(cr, 2, 15.6, role == VIEW_AUTHORITATIVE);
    if (role == VIEW_LOCAL) {
        cairo_arc(cr, 16.6, 15.6, 4.2, 0, 2 * G_PI);
        line(cr, 19.7, 18.7, 22.4, 21.4);
        cairo_stroke(cr);
    } else {
        tree_node(cr, 15, 15.6, role == VIEW_AUTHORITATIVE);
    }
}

static void globe(cairo_t *cr)
{
    cairo_arc(cr, 12, 12, 9.5, 0, 2 * G_PI);
    cairo_close_path(cr);
    line(cr, 2.5, 12, 21.5, 12);
    line(cr, 4.1, 7, 19.9, 7);
    line(cr, 4.1, 17, 19.9, 17);
    cairo_new_sub_path(cr);
    cairo_save(cr);
    cairo_translate(cr, 12, 12);
    cairo_scale(cr, 4.4, 9.5);
    cairo_arc(cr, 0, 0, 1, 0, 2 * G_PI);
    cairo_restore(cr);
    cairo_stroke(cr);
}

static void ray(cairo_t *cr, double x1, double y1, double x2, double y2)
{
    double a = atan2(y2 - y1, x2 - x1);

    line(cr, x1, y1, x2, y2);
    cairo_move_to(cr, x2 - 2.8 * cos(a - 0.7), y2 - 2.8 * sin(a - 0.7));
    cairo_line_to(cr, x2, y2);
    cairo_line_to(cr, x2 - 2.8 * cos(a + 0.7), y2 - 2.8 * sin(a + 0.7));
}

static void router(cairo_t *cr)
{
    cairo_arc(cr, 12, 12, 9.5, 0, 2 * G_PI);
    cairo_close_path(cr);
    ray(cr, 10, 12, 5, 12);
    ray(cr, 14, 12, 19, 12);
    ray(cr, 12, 4.6, 12, 9.4);
    ray(cr, 12, 19.4, 12, 14.6);
    cairo_stroke(cr);
}

void canvas_icon(struct canvas *c, int role, double x, double y, double size, enum ink i)
{
    cairo_t *cr = c->cr;

    cairo_save(cr);
    cairo_translate(cr, x, y);
    cairo_scale(cr, size / 24, size / 24);
    cairo_set_line_width(cr, fmax(1.6, 1.2 * 24 / size));
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    canvas_colour(c, i);
    switch ((enum view_role)role) {
    case VIEW_COMPUTER:
        computer(cr);
        break;
    case VIEW_MAIL:
        mail(cr);
        break;
    case VIEW_ROOT:
    case VIEW_TLD:
    case VIEW_AUTHORITATIVE:
    case VIEW_LOCAL:
        tree(cr, role);
        break;
    case VIEW_WEB:
        globe(cr);
        break;
    case VIEW_ROUTER:
        router(cr);
        break;
    }
    cairo_restore(cr);
}

/* ---- What travels and happens: filled shapes, with a rim of the panel's colour that parts them from what
 * lies below. */

static void diamond(cairo_t *cr)
{
    cairo_move_to(cr, 12, 2);
    cairo_line_to(cr, 22, 12);
    cairo_line_to(cr, 12, 22);
    cairo_line_to(cr, 2, 12);
    cairo_close_path(cr);
}

/* A point at the top, as wide as high. */
static void hexagon(cairo_t *cr)
{
    for (int i = 0; i < 6; i++)
        cairo_line_to(cr, 12 + 11 * sin(i * G_PI / 3), 12 - 11 * cos(i * G_PI / 3));
    cairo_close_path(cr);
}

static void clock_hands(cairo_t *cr)
{
    cairo_move_to(cr, 12, 6.8);
    cairo_line_to(cr, 12, 12.4);
    cairo_line_to(cr, 15.8, 14.6);
}

static void person(cairo_t *cr)
{
    cairo_arc(cr, 12, 7.4, 4.6, 0, 2 * G_PI);
    cairo_close_path(cr);
    cairo_new_sub_path(cr);
    cairo_arc(cr, 12, 22, 8.4, G_PI, 2 * G_PI);
    cairo_close_path(cr);
}

static void bookmark(cairo_t *cr)
{
    cairo_move_to(cr, 5.5, 2.5);
    cairo_line_to(cr, 18.5, 2.5);
    cairo_line_to(cr, 18.5, 21.5);
    cairo_line_to(cr, 12, 16.4);
    cairo_line_to(cr, 5.5, 21.5);
    cairo_close_path(cr);
}

static void filled(struct canvas *c, enum ink fill, double rim)
{
    cairo_set_line_width(c->cr, 2 * rim);
    canvas_colour(c, INK_PANEL);
    cairo_stroke_preserve(c->cr);
    canvas_colour(c, fill);
    cairo_fill(c->cr);
}

static void drawn_on(struct canvas *c, double width)
{
    canvas_colour(c, INK_PANEL);
    cairo_set_line_width(c->cr, width);
    cairo_stroke(c->cr);
}

void canvas_shape(struct canvas *c, int family, double x, double y, double size)
{
    cairo_t *cr = c->cr;
    double rim = 1.5 * 24 / size;

    cairo_save(cr);
    cairo_translate(cr, x - size / 2, y - size / 2);
    cairo_scale(cr, size / 24, size / 24);
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    cairo_new_path(cr);
    switch ((enum view_family)family) {
    case VIEW_DNS:
        diamond(cr);
        filled(c, INK_DNS_FILL, rim);
        break;
    case VIEW_SMTP:
        box(cr, 1, 4, 22, 16, 2);
        filled(c, INK_SMTP_FILL, rim);
        cairo_move_to(cr, 3.4, 7);
        cairo_line_to(cr, 12, 13.4);
        cairo_line_to(cr, 20.6, 7);
        drawn_on(c, fmax(1.9, 1.1 * 24 / size));
        break;
    case VIEW_ACCESS:
        box(cr, 3, 3, 18, 18, 1.5);
        filled(c, INK_ACCESS_FILL, rim);
        break;
    case VIEW_HTTP:
        hexagon(cr);
        filled(c, INK_HTTP_FILL, rim);
        break;
    case VIEW_TCP:
        cairo_arc(cr, 12, 12, 8.6, 0, 2 * G_PI);
        filled(c, INK_TCP_FILL, rim);
        break;
    case VIEW_QUEUE:
        cairo_arc(cr, 12, 12, 10, 0, 2 * G_PI);
        filled(c, INK_SMTP_FILL, rim);
        clock_hands(cr);
        drawn_on(c, 2.2);
        break;
    case VIEW_PERSON:
        person(cr);
        filled(c, INK_ACTION, rim);
        break;
    case VIEW_FAULT:
        canvas_cross(c, 12, 12, 15);
        break;
    case VIEW_STORY:
        bookmark(cr);
        filled(c, INK_STORY, rim);
        break;
    }
    cairo_restore(cr);
}
