/* A wall clock that can be set for one process alone: LD_PRELOAD this; the file named by TERND_CLOCK holds the seconds to add.
 * Only what reads the wall clock is changed. Waiting is left to the kernel, as when the clock of a machine is set. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long shift(void)
{
	const char *name = getenv("TERND_CLOCK");
	char text[32] = "";
	int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;

	if (file < 0)
		return 0;
	if (read(file, text, sizeof text - 1) < 0)
		text[0] = 0;
	close(file);
	return strtol(text, NULL, 10);
}

int clock_gettime(clockid_t id, struct timespec *now)
{
	int status = (int)syscall(SYS_clock_gettime, id, now);

	if (status == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		now->tv_sec += shift();
	return status;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec exact;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &exact))
		return -1;
	now->tv_sec = exact.tv_sec;
	now->tv_usec = exact.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *store)
{
	struct timespec exact;

	clock_gettime(CLOCK_REALTIME, &exact);
	if (store)
		*store = exact.tv_sec;
	return exact.tv_sec;
}
