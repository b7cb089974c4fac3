/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _NATIVE_SEQ_FILE_H
#define _NATIVE_SEQ_FILE_H

/* @private: as in the kernel; the text stands in @buf. */
struct seq_file {
	char buf[4096];
	size_t count;
	void *private;
};

void seq_printf(struct seq_file *m, const char *format, ...);
#define seq_puts(m, s)		seq_printf(m, "%s", s)
#define seq_putc(m, c)		seq_printf(m, "%c", c)

#endif /* _NATIVE_SEQ_FILE_H */
