/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send-and-fetch - sends a text to one's own mailbox and fetches it again, with the public functions of libosci alone
 *
 *   send-and-fetch URL IM-CIPHER.pem IM-SIGNER.pem CA.pem SIGN.p12 SIGN.pass CIPHER.p12 CIPHER.pass TEXT
 *
 * cc send-and-fetch.c $(pkg-config --cflags --libs libosci)
 */
#include <osci/osci.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Does what the sequence asks for; 0 at its end, or when it shows a delivery. */
static int drive(struct osci_seq *q, struct osci_http *http, const char *url, struct osci_err *err)
{
	for (;;) {
		struct osci_stream *order = NULL;
		struct osci_blob *answer = NULL;
		int r;

		switch (osci_seq_step(q)) {
		case OSCI_STEP_SAVE_ID: /* here a real program writes the MessageId to its journal */
			r = osci_seq_continue(q, err);
			break;
		case OSCI_STEP_POST:
			r = osci_seq_output_stream(q, &order, err);
			if (!r)
				r = osci_http_exchange_stream(http, url, order, NULL, &answer, err);
			if (!r)
				r = osci_seq_input_blob(q, answer, time(NULL), err);
			osci_blob_unref(answer);
			break;
		case OSCI_STEP_FAILED:
			*err = *osci_seq_error(q);
			return err->code;
		default:
			return 0;
		}
		if (r)
			return r;
	}
}

int main(int argc, char **argv)
{
	struct osci_key *sign = NULL, *cipher = NULL;
	struct osci_cert *im_cipher = NULL, *im_signer = NULL;
	struct osci_trust *trust = NULL;
	struct osci_http *http = NULL;
	struct osci_sender *sender = NULL;
	struct osci_fetcher *fetcher = NULL;
	struct osci_contents *contents = NULL;
	struct osci_client_conf conf = { .languages = "de" };
	struct osci_delivery delivery = { .subject = "send-and-fetch" };
	struct osci_open_opts opts = { .n_keys = 1 };
	struct osci_err err = { 0 };
	char text[512];
	int r;

	if (argc != 10)
		return fprintf(stderr, "nine arguments expected, see the source\n"), 2;
	r = osci_init(&err);
	r = r ? r : osci_cert_load_pem(&im_cipher, argv[2], &err);
	r = r ? r : osci_cert_load_pem(&im_signer, argv[3], &err);
	r = r ? r : osci_trust_new(&trust);
	r = r ? r : osci_trust_add_pem(trust, argv[4], &err);
	r = r ? r : osci_key_load_p12_passfile(&sign, argv[5], argv[6], OSCI_P12_PRIVATE, &err);
	r = r ? r : osci_key_load_p12_passfile(&cipher, argv[7], argv[8], OSCI_P12_PRIVATE, &err);
	r = r ? r : osci_http_new(&http, &(struct osci_http_conf){ .ca_file = NULL /* http only */ }, &err);
	conf.sign = delivery.author = sign;
	conf.decrypt = opts.keys = &cipher;
	conf.n_decrypt = 1, conf.trust = opts.trust = trust;
	conf.intermediary_cipher = im_cipher;
	conf.intermediary_signer = im_signer;
	delivery.addressee = cipher ? osci_key_cert(cipher) : NULL; /* our own mailbox */
	delivery.data = argv[9], delivery.len = strlen(argv[9]);
	r = r ? r : osci_sender_new(&sender, &conf, &delivery, NULL, &err);
	r = r ? r : drive(osci_sender_seq(sender), http, argv[1], &err);
	r = r ? r : osci_fetcher_new(&fetcher, &conf, 1, &err);
	r = r ? r : drive(osci_fetcher_seq(fetcher), http, argv[1], &err);
	opts.now = time(NULL);
	if (!r && osci_fetcher_step(fetcher) == OSCI_STEP_DELIVERY)
		r = osci_contents_open(&contents, osci_seq_message(osci_fetcher_seq(fetcher)), &opts, &err);
	if (!r && contents) { /* here a real program stores it durably: the next order confirms it */
		printf("%.*s\n", (int)contents->items[0].len, (const char *)contents->items[0].data);
		r = osci_fetcher_continue(fetcher, &err);
		r = r ? r : drive(osci_fetcher_seq(fetcher), http, argv[1], &err);
	}
	if (r)
		fprintf(stderr, "%s\n", osci_err_text(&err, text, sizeof(text)));
	osci_contents_freep(&contents);
	osci_fetcher_freep(&fetcher);
	osci_sender_freep(&sender);
	osci_http_freep(&http);
	osci_trust_freep(&trust);
	osci_key_unref(sign), osci_key_unref(cipher), osci_cert_unref(im_cipher), osci_cert_unref(im_signer);
	return r ? 1 : 0;
}
