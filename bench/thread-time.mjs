import koffi from 'koffi';

/** The clock of the calling thread's processor time. https://man7.org/linux/man-pages/man2/clock_gettime.2.html */
const CLOCK_THREAD_CPUTIME_ID = 3;

const getTime = koffi.load('libc.so.6').func('int clock_gettime(int clock, void *time)');
/** A `struct timespec` of two 64-bit numbers. Its words are read without garbage, which would be collected during measurements. */
const timespec = new Uint32Array(4);

/** Returns the processor time of this thread, ns: elapsed time without that in which other threads and processes had the processor. */
export function threadTime() {
  getTime(CLOCK_THREAD_CPUTIME_ID, timespec);
  return timespec[0] * 1e9 + timespec[2];
}
