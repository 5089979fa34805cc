/* Fake of nvidia-smi for the bench: prints one line and exits, without reading any GPU. */
#include <unistd.h>

int main(void) {
  static const char line[] = "0, GPU-0, Fake, 00000000:1B:00.0, 81559, 0, 81559, 0, 0, 30, 70.00, 700.00\n";
  return write(1, line, sizeof line - 1) < 0;
}
