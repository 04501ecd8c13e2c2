// Preloaded into a server: each time that it asks the disk to keep what was written takes longer by the milliseconds that stand in
// the file GYRE_TEST_SLOW_DISK. It is read each time, so that the disk becomes slow and quick again under a running server.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void wait_as_told(void) {
  const char* path = getenv("GYRE_TEST_SLOW_DISK");
  FILE* file = path ? fopen(path, "r") : NULL;
  if (!file) return;
  unsigned ms = 0;
  if (fscanf(file, "%u", &ms) == 1) usleep(ms * 1000);
  fclose(file);
}

static int real(const char* name, int fd) {
  int (*call)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  return call(fd);
}

int fsync(int fd) {
  wait_as_told();
  return real("fsync", fd);
}

int fdatasync(int fd) {
  wait_as_told();
  return real("fdatasync", fd);
}
