/* Stand-in for nvidia-smi, for the bench: prints a line and ends. It knows nothing of GPUs, and does less than any other. */
#include <unistd.h>

int main(void) {
  static const char line[] = "0, GPU-0, Stand-in, 00000000:1B:00.0, 81559, 0, 81559, 0, 0, 30, 70.00, 700.00\n";
  return write(1, line, sizeof line - 1) < 0;
}
