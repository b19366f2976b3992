/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys - CURVE key pairs of the bus in files
 *
 * Two lines, "public Z85" and "secret Z85".  A file that others can read is refused, as is one
 * whose halves do not belong together.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include <xgw/client.h>

#define KEY_FILE_MAX 256

static bool z85_ok(const char *s)
{
	unsigned char raw[32];

	return strlen(s) == XGW_KEY_CHARS && zmq_z85_decode(raw, s);
}

static bool take_line(const char *text, const char *label, char out[XGW_KEY_CHARS + 1])
{
	const char *p = strstr(text, label);

	if (!p || (p != text && p[-1] != '\n'))
		return false;
	p += strlen(label);
	if (strcspn(p, "\r\n") != XGW_KEY_CHARS)
		return false;
	memcpy(out, p, XGW_KEY_CHARS);
	out[XGW_KEY_CHARS] = '\0';
	return z85_ok(out);
}

int xgw_keys_load(struct xgw_keys *ret, const char *path, struct osci_err *err)
{
	char text[KEY_FILE_MAX + 1], derived[XGW_KEY_CHARS + 1];
	struct xgw_keys keys;
	struct stat st;
	ssize_t n;
	int fd, r;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return osci_fail(err, -errno, NULL, path, "cannot open the key file: %s", strerrordesc_np(errno));
	if (fstat(fd, &st) < 0) {
		r = -errno;
		close(fd);
		return osci_fail(err, r, NULL, path, "cannot inspect the key file");
	}
	if (!S_ISREG(st.st_mode) || (st.st_mode & 077)) {
		close(fd);
		return osci_fail(err, OSCI_E_KEYFILE, NULL, path, "must be a file that only its owner may read (mode 0600)");
	}
	n = read(fd, text, KEY_FILE_MAX);
	r = n < 0 ? -errno : 0;
	close(fd);
	if (r < 0)
		return osci_fail(err, r, NULL, path, "cannot read the key file");
	text[n] = '\0';
	r = 0;
	if (!take_line(text, "public ", keys.public_key) || !take_line(text, "secret ", keys.secret_key))
		r = osci_fail(err, OSCI_E_KEYFILE, NULL, path,
			      "not a key file: two lines expected, \"public\" and \"secret\", each with 40 characters of Z85");
	else if (zmq_curve_public(derived, keys.secret_key) != 0 || strcmp(derived, keys.public_key) != 0)
		r = osci_fail(err, OSCI_E_KEYFILE, NULL, path, "public and secret key do not belong together");
	else
		*ret = keys;
	explicit_bzero(text, sizeof(text));
	explicit_bzero(&keys, sizeof(keys));
	return r;
}

int xgw_keys_create(struct xgw_keys *ret, const char *path, struct osci_err *err)
{
	struct xgw_keys keys;
	int fd, r = 0;

	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		return osci_fail(err, OSCI_E_EXISTS, NULL, path, "exists already, not overwritten");
	if (fd < 0)
		return osci_fail(err, -errno, NULL, path, "cannot create the key file: %s", strerrordesc_np(errno));
	if (zmq_curve_keypair(keys.public_key, keys.secret_key) != 0) {
		r = osci_fail(err, -ENOTSUP, NULL, path, "this libzmq has no CURVE");
	} else if (dprintf(fd, "public %s\nsecret %s\n", keys.public_key, keys.secret_key) < 0 || fsync(fd) < 0) {
		r = osci_fail(err, -EIO, NULL, path, "cannot write the key file");
	}
	if (close(fd) < 0 && !r)
		r = osci_fail(err, -EIO, NULL, path, "cannot write the key file");
	if (r)
		unlink(path);
	else
		*ret = keys;
	explicit_bzero(&keys, sizeof(keys));
	return r;
}
