// What names lead to. There is no disk: programs come in an archive that the host has put into memory, and a few scratch files
// can be written, in room of their own. None of this takes frames, so the frames in use are those of tasks alone.
#include "calf.h"

#define IMAGES 16
#define SCRATCH 8
#define SCRATCH_ROOM (16UL << 10)

// The archive, at ARCHIVE: this header, one entry a file, then the files. All numbers are little-endian, offsets are from ARCHIVE.
struct archive {
  char magic[8];  // "calfdisk"
  u32 files, size;
  struct { char name[NAME]; u32 offset, size; } file[];
};

static struct node images[IMAGES + 1], scratch[SCRATCH];
static u8 room[SCRATCH][SCRATCH_ROOM] __attribute__((aligned(16)));
static struct lock names = { .name = "names" };
extern u8 init_image[], init_image_end[];

static void add_image(struct node *node, const char *name, u8 *data, u64 size)
{
  text_copy(node->name, name, NAME);
  node->data = data;
  node->size = size;
  node->named = true;
}

void nodes_init(void)
{
  const struct archive *archive = (const struct archive *)ARCHIVE;
  add_image(&images[IMAGES], "init", init_image, init_image_end - init_image);
  for (int i = 0; i < SCRATCH; i++) {
    scratch[i].data = room[i];
    scratch[i].room = SCRATCH_ROOM;
  }
  for (int i = 0; i < 8; i++)
    if (archive->magic[i] != "calfdisk"[i]) {
      print("calf: no archive at %x, so no programs\n", ARCHIVE);
      return;
    }
  for (u32 i = 0; i < archive->files && i < IMAGES; i++) {
    u64 end = (u64)archive->file[i].offset + archive->file[i].size;
    if (end > archive->size || archive->file[i].name[NAME - 1] != 0)
      panic("the archive is damaged: file %d", (int)i);
    add_image(&images[i], archive->file[i].name, (u8 *)ARCHIVE + archive->file[i].offset, archive->file[i].size);
  }
}

static struct node *find(const char *name)
{
  for (int i = 0; i <= IMAGES; i++)
    if (images[i].named && text_equal(images[i].name, name))
      return &images[i];
  for (int i = 0; i < SCRATCH; i++)
    if (scratch[i].named && text_equal(scratch[i].name, name))
      return &scratch[i];
  return 0;
}

/** 0 if there is no such name, no room for a new one, or no right to write. */
struct node *node_open(const char *name, int mode)
{
  while (*name == '/' || (name[0] == '.' && name[1] == '/'))
    name++;
  bool writes = (mode & (O_WRONLY | O_RDWR)) != 0;
  lock_take(&names);
  struct node *node = find(name);
  for (int i = 0; i < SCRATCH && node == 0 && (mode & O_CREATE) && text_length(name) < NAME; i++)
    if (!scratch[i].named && scratch[i].openings == 0) {
      node = &scratch[i];
      text_copy(node->name, name, NAME);
      node->named = true;
      node->size = 0;
    }
  if (node && writes && node->room == 0)
    node = 0;
  if (node && (mode & O_TRUNC) && writes)
    node->size = 0;
  if (node)
    node->openings++;
  lock_drop(&names);
  return node;
}

void node_close(struct node *node)
{
  lock_take(&names);
  node->openings--;
  lock_drop(&names);
}

/** The name goes; the file stays for those who have it open. */
bool node_remove(const char *name)
{
  lock_take(&names);
  struct node *node = find(name);
  bool removed = node && node->room > 0;
  if (removed)
    node->named = false;
  lock_drop(&names);
  return removed;
}
