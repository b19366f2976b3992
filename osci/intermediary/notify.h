/* SPDX-License-Identifier: Apache-2.0 */
/* notify - tells the service manager how we are: a datagram to the socket it names in NOTIFY_SOCKET, sd_notify(3) */
#ifndef OSCI_INTERMEDIARY_NOTIFY_H
#define OSCI_INTERMEDIARY_NOTIFY_H

/* @state: "READY=1", "STOPPING=1", "WATCHDOG=1". Without a service manager nothing happens; failures are no one's concern. */
void im_notify(const char *state);

#endif
