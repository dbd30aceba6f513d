"""Names the columns and words in the arrays of a shard.

A shard is a handful of int64 arrays, so kernels update it in place and a snapshot copies it:

- `entities[row]`: the columns below, then the offset of the newest tile of each table (or NONE)
- `texts[row]`: the first three of those columns for each interned text value
- `heap`: records of words. A tile is (number, next older tile, words of its partials); a cell is
  (next, owner, key, value, previous); NEXT of a freed record links the free list of its size.
- `meta`: the counters below, then the head of the free list of each table's tiles
"""

NONE = -1
NEVER = 2**62  # later than any time (ms); adding or subtracting a window does not overflow
ALWAYS = -(2**62)  # earlier than any time (ms)

# entities and texts
HASH, START, LENGTH = 0, 1, 2
TEXT_COLUMNS = 3
AS_OF, DUE, SEQ, STAMP = 3, 4, 5, 6
HEADS = 7

# tiles
NUMBER, NEXT, WORDS = 0, 1, 2

# cells share NEXT with tiles
OWNER, KEY, VALUE, PREVIOUS = 0, 2, 3, 4
CELL = 5

# meta
ROWS = 0  # entity rows ever used
LIVE = 1  # entity rows in use
FREE_ROW = 2  # free list of entity rows, linked through START
BYTES = 3  # bytes used in the arena of ids
WASTE = 4  # bytes of it that belong to freed rows
HEAP = 5  # words used in the heap
CELLS = 6  # cells in use
FREE_CELL = 7
NEXT_DUE = 8  # lower bound of every entity's next boundary
FLOOR = 9  # newest boundary at which an entity left; the as_of of an entity added later is no earlier
BATCH = 10  # number of the batch, so that each touched entity is listed once
TEXTS = 11  # interned texts
TEXT_BYTES = 12
FREE_TILES = 13

# program: columns of the rows of `tables`, `updates`, and of `folds` and `sketches`; lifetime is hop 0, window NEVER
HOP, WIDTH, FIRST_FOLD, LAST_FOLD, WINDOW_COUNT, WINDOWS = 0, 1, 2, 3, 4, 5
U_TABLE, U_OP, U_ORDER, U_VALUE, U_LANE, U_WORD, U_PARAMETER = 0, 1, 2, 3, 4, 5, 6
F_TABLE, F_WINDOW, F_OP, F_ORDER, F_WORD, F_OUT, F_WIDTH, F_PARAMETER, F_ASKS = 0, 1, 2, 3, 4, 5, 6, 7, 8
MOST_TABLES = 64
MOST_WORDS = 1 << 16

# emitted rows, before their folded words
OUT_START, OUT_LENGTH, OUT_AS_OF, OUT_SEQ, OUT_GONE = 0, 1, 2, 3, 4
OUT_WORDS = 5
GONE, AFTER_EVENT = 1, 2  # bits of OUT_GONE: no tile is left; the row follows an event, not only the passing of time

# cursor of a step that stops when the output is full
STAGE, POSITION, TOUCHED, EMITTED, LATE, PARTED = 0, 1, 2, 3, 4, 5
CURSOR = 6
EVENT, QUESTION, ENTITY = 1, 2, 4  # used by a walk over history
ROWS_STAGE, TOUCHED_STAGE, CLOCK_STAGE, DONE = 0, 1, 2, 3
