#include "theme.h"

#include <math.h>

/* The palette's orange, green and grey are too light for text on white: text and lines take a darker tone of
 * the same hue, shapes the hue itself. On dark ground it is the other way round. */
static const colour themes[N_THEMES][N_INKS] = {
    [THEME_LIGHT] = {
        [INK_TEXT] = 0x1B2733, [INK_QUIET] = 0x586675, [INK_LINE] = 0xDDE3E8, [INK_GROUND] = 0xF4F5F2,
        [INK_PANEL] = 0xFFFFFF, [INK_ROW] = 0xF3F5F7, [INK_LABEL] = 0x1B2733, [INK_ON_LABEL] = 0xFFFFFF,
        [INK_ACTION] = 0x0B5CAD, [INK_ON_ACTION] = 0xFFFFFF, [INK_STORY] = 0x80651C, [INK_STORY_GROUND] = 0xFFFDF6,
        [INK_NOW_GROUND] = 0xFFF7E6, [INK_FAULT] = 0xB3261E, [INK_FAULT_GROUND] = 0xFDF0EF,
        [INK_DNS] = 0x0069A6, [INK_SMTP] = 0xB54F00, [INK_ACCESS] = 0x007556, [INK_HTTP] = 0x8E478B, [INK_TCP] = 0x566473,
        [INK_DNS_FILL] = 0x0072B2, [INK_SMTP_FILL] = 0xD55E00, [INK_ACCESS_FILL] = 0x009E73, [INK_HTTP_FILL] = 0x9A4F96,
        [INK_TCP_FILL] = 0x8A96A3, [INK_FAULT_FILL] = 0xB3261E,
    },
    [THEME_DARK] = {
        [INK_TEXT] = 0xE6EBF0, [INK_QUIET] = 0x9FADBB, [INK_LINE] = 0x36424E, [INK_GROUND] = 0x12181E,
        [INK_PANEL] = 0x1B232B, [INK_ROW] = 0x25303A, [INK_LABEL] = 0xE6EBF0, [INK_ON_LABEL] = 0x12181E,
        [INK_ACTION] = 0x6DB1F5, [INK_ON_ACTION] = 0x0F1B26, [INK_STORY] = 0xE0BE6A, [INK_STORY_GROUND] = 0x262318,
        [INK_NOW_GROUND] = 0x322B18, [INK_FAULT] = 0xFF8A80, [INK_FAULT_GROUND] = 0x3A2023,
        [INK_DNS] = 0x5DB8EC, [INK_SMTP] = 0xFFA15C, [INK_ACCESS] = 0x3FCBA0, [INK_HTTP] = 0xE09ADB, [INK_TCP] = 0xA3B0BD,
        [INK_DNS_FILL] = 0x3AA3DE, [INK_SMTP_FILL] = 0xF0823A, [INK_ACCESS_FILL] = 0x1FB58A, [INK_HTTP_FILL] = 0xC97CC4,
        [INK_TCP_FILL] = 0x8A96A3, [INK_FAULT_FILL] = 0xFF6B5E,
    },
    /* More than 7 : 1 everywhere, and lines that can be seen. */
    [THEME_CONTRAST] = {
        [INK_TEXT] = 0x000000, [INK_QUIET] = 0x303030, [INK_LINE] = 0x5F5F5F, [INK_GROUND] = 0xFFFFFF,
        [INK_PANEL] = 0xFFFFFF, [INK_ROW] = 0xECECEC, [INK_LABEL] = 0x000000, [INK_ON_LABEL] = 0xFFFFFF,
        [INK_ACTION] = 0x003A80, [INK_ON_ACTION] = 0xFFFFFF, [INK_STORY] = 0x4E3B00, [INK_STORY_GROUND] = 0xFFFFFF,
        [INK_NOW_GROUND] = 0xFFF0B8, [INK_FAULT] = 0x8C0009, [INK_FAULT_GROUND] = 0xFFE8E6,
        [INK_DNS] = 0x004A78, [INK_SMTP] = 0x7A3300, [INK_ACCESS] = 0x004F39, [INK_HTTP] = 0x652860, [INK_TCP] = 0x3A4550,
        [INK_DNS_FILL] = 0x005A92, [INK_SMTP_FILL] = 0xB04A00, [INK_ACCESS_FILL] = 0x006E50, [INK_HTTP_FILL] = 0x7A3575,
        [INK_TCP_FILL] = 0x4F5B67, [INK_FAULT_FILL] = 0xA8000B,
    },
};

colour theme_colour(enum theme_name t, enum ink i)
{
    return themes[t < N_THEMES ? t : THEME_LIGHT][i < N_INKS ? i : INK_TEXT];
}

const char *theme_text(enum theme_name t)
{
    static const char *const names[N_THEMES] = { "light", "dark", "contrast" };

    return names[t < N_THEMES ? t : THEME_LIGHT];
}

/* WCAG 2.1, "relative luminance". */
static double luminance(colour c)
{
    static const double weight[3] = { 0.2126, 0.7152, 0.0722 };
    double sum = 0;

    for (int i = 0; i < 3; i++) {
        double v = (c >> (16 - 8 * i) & 0xFF) / 255.0;

        sum += weight[i] * (v <= 0.03928 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4));
    }
    return sum;
}

double theme_contrast(colour a, colour b)
{
    double la = luminance(a), lb = luminance(b);

    return (fmax(la, lb) + 0.05) / (fmin(la, lb) + 0.05);
}

double theme_type_px(enum type_size s, double text_scale)
{
    static const double px[] = { [TYPE_TITLE] = 16, [TYPE_HEAD] = 14, [TYPE_BODY] = 13, [TYPE_SMALL] = 11.5 };

    return fmax(10.5, px[s <= TYPE_SMALL ? s : TYPE_BODY] * text_scale);
}
