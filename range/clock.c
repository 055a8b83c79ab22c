/* A host's own wall clock. Preloaded by /etc/ld.so.preload of one host of the range: adds the seconds written in
 * /run/spoor.clock to the real time, so that two days of incident take a minute and a host's clock can be wrong.
 * The file is mapped at start and never opened again, for sshd's sandbox allows no open(2). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

static const char *shift;
static int (*real_timedwait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);

__attribute__((constructor)) static void map_shift(void) {
  *(void **)&real_timedwait = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
  int file = open("/run/spoor.clock", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  void *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (page != MAP_FAILED) shift = page;
}

int clock_gettime(clockid_t id, struct timespec *now) {
  int result = (int)syscall(SYS_clock_gettime, id, now);
  if (result == 0 && shift && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) now->tv_sec += atol(shift);
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec exact;
  (void)zone;
  int result = clock_gettime(CLOCK_REALTIME, &exact);
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return result;
}

time_t time(time_t *now) {
  struct timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  if (now) *now = exact.tv_sec;
  return exact.tv_sec;
}

/* glibc's own logwtmp reads the clock inside glibc, where no preload reaches. sshd writes its logout records with it. */
void logwtmp(const char *line, const char *name, const char *host) {
  struct utmp record = {.ut_type = name[0] ? USER_PROCESS : DEAD_PROCESS, .ut_pid = getpid()};
  struct timeval now;
  gettimeofday(&now, NULL);
  record.ut_tv.tv_sec = (int)now.tv_sec;
  record.ut_tv.tv_usec = (int)now.tv_usec;
  strncpy(record.ut_line, line, sizeof record.ut_line);
  strncpy(record.ut_name, name, sizeof record.ut_name);
  strncpy(record.ut_host, host, sizeof record.ut_host);
  updwtmp(_PATH_WTMP, &record);
}

/* The caller reckoned its deadline by the moved clock, the kernel waits by the real one. A small number is monotonic time. */
int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex, const struct timespec *restrict until) {
  struct timespec real = *until;
  if (shift && real.tv_sec > 1000000000) real.tv_sec -= atol(shift);
  return real_timedwait(cond, mutex, &real);
}
