/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sysfs, as far as a test has to find an attribute and write it.
 */
#ifndef _NATIVE_KOBJECT_H
#define _NATIVE_KOBJECT_H

struct attribute {
	const char *name;
	umode_t mode;
};

struct kset {
	int unused;
};

struct kobject {
	struct kset *kset;
	const struct kobj_type *ktype;
	bool added;
};

struct attribute_group {
	const char *name;
	umode_t (*is_visible)(struct kobject *kobj, struct attribute *attr,
			      int n);
	struct attribute **attrs;
};

struct sysfs_ops {
	ssize_t (*show)(struct kobject *kobj, struct attribute *attr,
			char *buf);
	ssize_t (*store)(struct kobject *kobj, struct attribute *attr,
			 const char *buf, size_t count);
};

struct kobj_type {
	void (*release)(struct kobject *kobj);
	const struct sysfs_ops *sysfs_ops;
	const struct attribute_group **default_groups;
};

extern struct kobject *kernel_kobj;

#define sysfs_attr_init(attr)	((void)(attr))

static inline int kobject_init_and_add(struct kobject *kobj,
				       const struct kobj_type *ktype,
				       struct kobject *parent,
				       const char *format, ...)
{
	kobj->ktype = ktype;
	kobj->added = true;
	return 0;
}

static inline void kobject_del(struct kobject *kobj)
{
	kobj->added = false;
}

static inline void kobject_put(struct kobject *kobj)
{
	if (kobj && kobj->ktype)
		kobj->ktype->release(kobj);
}

static inline struct kset *kset_create_and_add(const char *name,
					       const void *ops,
					       struct kobject *parent)
{
	static struct kset set;

	return &set;
}

static inline void kset_unregister(struct kset *set)
{
}

int sysfs_emit(char *buf, const char *format, ...);
int sysfs_emit_at(char *buf, int at, const char *format, ...);

#endif /* _NATIVE_KOBJECT_H */
