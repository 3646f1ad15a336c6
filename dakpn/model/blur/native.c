/* The blur for rows of one image plane, float32. Every tile of TILE pixels works in the first-level cache.
 *
 * pixel weights: t^(dx*dx + dy*dy), normalised by z*z with z = sum over |d| <= radius of t^(d*d).
 * rings: offsets of equal squared radius, outermost first, combined by Horner's rule in t.
 * The padded image and the spread gradient have `radius` columns and rows of margin on every side.
 */
#include <math.h>
#include <string.h>

enum { LANES = 16, TILE = 64, RADIUS = 32, GAPS = 128, SPAN = TILE + 2 * RADIUS, MOST = TILE / LANES };

typedef float vec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

typedef struct {
    int radius, rings;
    const int *square;  /* rings: squared radius, descending to 0 */
    const int *first;   /* rings + 1: where the ring's pairs start */
    const int *near;    /* pairs: 0 <= near <= far <= radius */
    const int *far;
} Plan;

static inline vec get(const float *p) { return *(const vec *)p; }
static inline void put(float *p, vec v) { *(vec *)p = v; }

typedef struct {
    float t[TILE], norm[TILE], value[TILE], slope[TILE], moment[TILE];
    float power[GAPS][TILE];
    float column[RADIUS + 1][SPAN];
} Tile;

/* Sums of the rows at equal distance above and below; `row` points at the tile's first pixel, margins around it. */
static void load_columns(Tile *s, const float *row, long pitch, int radius, int reach, int width)
{
    for (int l = 0; l <= reach; l++) {
        const float *above = row - l * pitch - radius, *below = row + l * pitch - radius;
        for (int i = 0; i < width + 2 * radius; i++)
            s->column[l][i] = l ? above[i] + below[i] : above[i];
    }
}

static void powers(Tile *s, const Plan *plan, int start, int width)
{
    memcpy(s->power[1], s->t, sizeof s->t);
    int largest = 1;
    for (int r = start; r + 1 < plan->rings; r++) {
        int gap = plan->square[r] - plan->square[r + 1];
        largest = gap > largest ? gap : largest;
    }
    for (int g = 2; g <= largest; g++)
        for (int v = 0; v < width; v += LANES)
            put(s->power[g] + v, get(s->power[g / 2] + v) * get(s->power[g - g / 2] + v));
}

/* One value of every lane of `count` neighbouring vectors; a constant count keeps all sums in registers. */
static inline __attribute__((always_inline)) void combine_vectors(Tile *s, const Plan *plan, int start, int at, int with_slope, int count)
{
    vec value[MOST], slope[MOST], ring[MOST];
    for (int v = 0; v < count; v++)
        value[v] = slope[v] = (vec){0};
    for (int r = start; r < plan->rings; r++) {
        for (int v = 0; v < count; v++)
            ring[v] = (vec){0};
        for (int p = plan->first[r]; p < plan->first[r + 1]; p++) {
            int k = plan->near[p], l = plan->far[p];
            const float *tall = s->column[l] + plan->radius + at, *flat = s->column[k] + plan->radius + at;
            if (l == 0)
                for (int v = 0; v < count; v++)
                    ring[v] += get(tall + v * LANES);
            else if (k == 0)
                for (int v = 0; v < count; v++)
                    ring[v] += get(tall + v * LANES) + get(flat + l + v * LANES) + get(flat - l + v * LANES);
            else if (k == l)
                for (int v = 0; v < count; v++)
                    ring[v] += get(tall + k + v * LANES) + get(tall - k + v * LANES);
            else
                for (int v = 0; v < count; v++)
                    ring[v] += (get(tall + k + v * LANES) + get(tall - k + v * LANES)) +
                               (get(flat + l + v * LANES) + get(flat - l + v * LANES));
        }
        if (r > start) {
            int gap = plan->square[r - 1] - plan->square[r];
            for (int v = 0; v < count; v++) {
                vec power = get(s->power[gap] + at + v * LANES);
                if (with_slope)
                    slope[v] = power * (slope[v] + (float)gap * value[v]);
                value[v] = ring[v] + power * value[v];
            }
        } else {
            for (int v = 0; v < count; v++)
                value[v] = ring[v];
        }
    }
    for (int v = 0; v < count; v++) {
        put(s->value + at + v * LANES, value[v]);
        if (with_slope)
            put(s->slope + at + v * LANES, slope[v]);
    }
}

static void combine(Tile *s, const Plan *plan, int start, int width, int with_slope)
{
    int vectors = (width + LANES - 1) / LANES;
    if (vectors == MOST && with_slope)
        combine_vectors(s, plan, start, 0, 1, MOST);
    else if (vectors == MOST)
        combine_vectors(s, plan, start, 0, 0, MOST);
    else if (vectors >= 2 && with_slope)
        combine_vectors(s, plan, start, 0, 1, 2);
    else if (vectors >= 2)
        combine_vectors(s, plan, start, 0, 0, 2);
    if (vectors != MOST && vectors % 2)
        combine_vectors(s, plan, start, (vectors - 1) * LANES, with_slope, 1);
}

/* norm = z, moment = mean of dx*dx + dy*dy under the weights; weight[d] = t^(d*d) when asked for. */
static void normalise(Tile *s, int reach, int width, float (*weight)[TILE])
{
    for (int v = 0; v < width; v += LANES) {
        vec t = get(s->t + v), square = t * t, odd = t, w = t - t + 1.0f, sum = {0}, moment = {0};
        if (weight)
            put(weight[0] + v, w);
        for (int d = 1; d <= reach; d++) {
            w *= odd;
            odd *= square;
            sum += w;
            moment += (float)(d * d) * w;
            if (weight)
                put(weight[d] + v, w);
        }
        put(s->norm + v, 1.0f + 2.0f * sum);
        put(s->moment + v, 4.0f * moment / (1.0f + 2.0f * sum));
    }
}

/* Loads t and finds the outermost ring whose weight matters anywhere in the tile; -1: none but the centre. */
static int begin(Tile *s, const Plan *plan, const float *t, int width, float negligible, int *reach)
{
    float largest = 0;
    int strange = 0; /* not a number: must reach the result */
    memset(s->t, 0, sizeof s->t);
    for (int i = 0; i < width; i++) {
        s->t[i] = t[i];
        largest = t[i] > largest ? t[i] : largest;
        strange |= t[i] != t[i];
    }
    double limit = largest < 1 && !strange ? log(negligible) / log(largest > 0 ? largest : 1e-37) : 1e9;
    int start = 0;
    while (start < plan->rings - 1 && plan->square[start] > limit)
        start++;
    int d = 0;
    while (d < plan->radius && (d + 1) * (d + 1) <= plan->square[start])
        d++;
    *reach = d;
    return start == plan->rings - 1 ? -1 : start;
}

/* out, t: rows x width. padded: the plane with margins, pitch = width + 2 radius, starting `radius` rows above the first row. */
void blur_forward(const Plan *plan, const float *padded, const float *t, float *out, long rows, long width, float negligible)
{
    Tile s;
    long pitch = width + 2 * plan->radius;
    memset(&s, 0, sizeof s);
    for (long y = 0; y < rows; y++)
        for (long x = 0; x < width; x += TILE) {
            int n = width - x < TILE ? (int)(width - x) : TILE, reach;
            const float *centre = padded + (y + plan->radius) * pitch + plan->radius + x;
            int start = begin(&s, plan, t + y * width + x, n, negligible, &reach);
            if (start < 0) {
                memcpy(out + y * width + x, centre, n * sizeof(float));
                continue;
            }
            load_columns(&s, centre, pitch, plan->radius, reach, n);
            powers(&s, plan, start, n);
            combine(&s, plan, start, n, 0);
            normalise(&s, reach, n, 0);
            for (int i = 0; i < n; i++)
                out[y * width + x + i] = s.value[i] / (s.norm[i] * s.norm[i]);
        }
}

/* slope: rows x width, derivative of the result by log t times grad, or null. spread: (rows + 2 radius) x pitch zeros, to which the
 * adjoint of the weighted sums is added, or null. */
void blur_backward(const Plan *plan, const float *padded, const float *t, const float *grad, float *slope, float *spread, long rows,
                   long width, float negligible)
{
    static const int MARGIN = 2 * RADIUS;
    Tile s;
    float weight[RADIUS + 1][TILE], product[RADIUS + 1][TILE + 5 * RADIUS], share[TILE], line[SPAN];
    long pitch = width + 2 * plan->radius;
    memset(&s, 0, sizeof s);
    memset(product, 0, sizeof product);
    for (long y = 0; y < rows; y++)
        for (long x = 0; x < width; x += TILE) {
            int n = width - x < TILE ? (int)(width - x) : TILE, reach;
            long here = (y + plan->radius) * pitch + plan->radius + x;
            int start = begin(&s, plan, t + y * width + x, n, negligible, &reach);
            if (start < 0) {
                for (int i = 0; i < n; i++) {
                    if (slope)
                        slope[y * width + x + i] = 0;
                    if (spread)
                        spread[here + i] += grad[y * width + x + i];
                }
                continue;
            }
            normalise(&s, reach, n, weight);
            memset(share, 0, sizeof share);
            for (int i = 0; i < n; i++)
                share[i] = grad[y * width + x + i] / (s.norm[i] * s.norm[i]);
            if (slope) {
                load_columns(&s, padded + here, pitch, plan->radius, reach, n);
                powers(&s, plan, start, n);
                combine(&s, plan, start, n, 1);
                for (int i = 0; i < n; i++)
                    slope[y * width + x + i] = share[i] * (s.slope[i] - s.value[i] * s.moment[i]);
            }
            if (!spread)
                continue;
            int limit = plan->square[start], touched = n + 2 * reach;
            for (int l = 0; l <= reach; l++) {
                int last = 0;
                for (int k = 0; k <= reach && k * k + l * l <= limit; k++, last = k)
                    for (int v = 0; v < TILE; v += LANES)
                        put(product[k] + MARGIN + v, get(share + v) * get(weight[l] + v) * get(weight[k] + v));
                for (int v = 0; v < touched; v += LANES) {
                    vec sum = get(product[0] + MARGIN - reach + v);
                    for (int k = 1; k < last; k++)
                        sum += get(product[k] + MARGIN - reach + v + k) + get(product[k] + MARGIN - reach + v - k);
                    put(line + v, sum);
                }
                for (int side = l ? -1 : 1; side <= 1; side += 2) {
                    float *row = spread + here + side * l * pitch - reach;
                    for (int i = 0; i < touched; i++)
                        row[i] += line[i];
                }
            }
        }
}
