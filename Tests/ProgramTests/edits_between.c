/* Preloaded, edits the file that EDITED names just when a stage makes the first of its own durable, as somebody else may do. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

int fsync(int descriptor) {
    static int is_done;
    int file = is_done++ ? -1 : open(getenv("EDITED"), O_WRONLY | O_APPEND);
    if (file >= 0) {
        write(file, "edited", 6);
        close(file);
    }
    return ((__typeof__(&fsync))dlsym(RTLD_NEXT, "fsync"))(descriptor);
}
