/* SPDX-License-Identifier: Apache-2.0 */
/*
 * texts - wording of feedback entries and faults
 *
 * Codes and their meaning are those of OSCI-Transport 1.2.  A code without a row of its own gets the
 * text of 9811, so that an answer is never without one.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "intermediary/texts.h"

static const struct {
	const char *code, *de, *en;
} texts[] = {
	{ "0800", "Auftrag ausgeführt, Dialog beendet.", "Order carried out, dialog closed." },
	{ "0801", "Auftrag ausgeführt, Dialog bleibt offen.", "Order carried out, dialog stays open." },
	{ "3500", "Ihr Verschlüsselungszertifikat ist außerhalb seiner Gültigkeitsdauer.",
	  "Your cipher certificate is outside its validity period." },
	{ "3701", "Ein Signaturzertifikat eines Autors ist außerhalb seiner Gültigkeitsdauer.",
	  "The signature certificate of an author is outside its validity period." },
	{ "3702", "Das Signaturzertifikat eines Autors ist unbekannter Herkunft.",
	  "The signature certificate of an author has no trusted issuer." },
	{ "3704", "Ein Verschlüsselungszertifikat eines Autors ist außerhalb seiner Gültigkeitsdauer.",
	  "The cipher certificate of an author is outside its validity period." },
	{ "3705", "Das Verschlüsselungszertifikat des Empfängers ist außerhalb seiner Gültigkeitsdauer.",
	  "The addressee's cipher certificate is outside its validity period." },
	{ "3706", "Ein Verschlüsselungszertifikat eines Lesers ist außerhalb seiner Gültigkeitsdauer.",
	  "The cipher certificate of a reader is outside its validity period." },
	{ "3800", "Weitere Zustellungen liegen für Sie bereit.", "More deliveries are waiting for you." },
	{ "3801", "Weitere Laufzettel entsprechen der Auswahl.", "More process cards match the selection." },
	{ "9000", "Interner Fehler des Intermediärs.", "Internal error of the intermediary." },
	{ "9100", "Keine gültige OSCI-Nachricht.", "Not a valid OSCI message." },
	{ "9200", "Zum verwendeten Verschlüsselungszertifikat liegt kein Schlüssel vor.",
	  "There is no private key for the certificate used for encryption." },
	{ "9202", "Die Nachricht konnte nicht entschlüsselt werden.", "The message could not be decrypted." },
	{ "9300", "Die entschlüsselten Daten sind kein gültiger Auftrag.", "The decrypted data is no valid order." },
	{ "9400", "ConversationId, SequenceNumber oder Response passen nicht zum Dialog.",
	  "ConversationId, SequenceNumber or Response do not fit the dialog." },
	{ "9500", "Ihr Verschlüsselungszertifikat fehlt.", "Your cipher certificate is missing." },
	{ "9501", "Ihr Verschlüsselungszertifikat ist unbekannter Herkunft oder nicht zum Verschlüsseln bestimmt.",
	  "Your cipher certificate has no trusted issuer or is not meant for encryption." },
	{ "9600", "Der Auftrag muss signiert sein.", "The order has to be signed." },
	{ "9601", "Die Signatur des Auftrags ist ungültig.", "The signature of the order is invalid." },
	{ "9602", "Die Signatur deckt nicht alle Teile des Auftrags ab.",
	  "The signature does not cover all parts of the order." },
	{ "9700", "Ihrem Signaturzertifikat wird nicht vertraut.", "Your signature certificate is not trusted." },
	{ "9704", "Ein Verschlüsselungszertifikat eines Autors ist unbekannter Herkunft.",
	  "The cipher certificate of an author has no trusted issuer." },
	{ "9706", "Das Verschlüsselungszertifikat des Empfängers ist unbekannter Herkunft.",
	  "The addressee's cipher certificate has no trusted issuer." },
	{ "9708", "Ein Verschlüsselungszertifikat eines Lesers ist unbekannter Herkunft.",
	  "The cipher certificate of a reader has no trusted issuer." },
	{ "9800", "Die Zustellung hat keine MessageId.", "The delivery has no MessageId." },
	{ "9801", "Die MessageId wurde nicht für Sie vergeben oder ist schon verwendet.",
	  "The MessageId was not issued to you or is used already." },
	{ "9802", "Dieser Auftrag ist nur in einem expliziten Dialog möglich.",
	  "This order needs an explicit dialog." },
	{ "9803", "Keine Zustellung entspricht der Auswahl.", "No delivery matches the selection." },
	{ "9804", "Kein Laufzettel entspricht der Auswahl.", "No process card matches the selection." },
	{ "9811", "Der Auftrag konnte nicht ausgeführt werden.", "The order could not be carried out." },
};

const char *im_language(const char *wish)
{
	while (wish && *wish) {
		size_t len = strcspn(wish, " ");

		if (len >= 2 && (len == 2 || wish[2] == '-')) {
			if (!strncasecmp(wish, "de", 2))
				return "de";
			if (!strncasecmp(wish, "en", 2))
				return "en";
		}
		wish += len;
		wish += strspn(wish, " ");
	}
	return "de";
}

const char *im_text(const char *code, const char *language)
{
	size_t i = 0;

	while (i + 1 < sizeof(texts) / sizeof(texts[0]) && strcmp(texts[i].code, code))
		i++;
	return !strcmp(language, "en") ? texts[i].en : texts[i].de;
}

bool im_fault_is_server(const char *code)
{
	return !strcmp(code, "9000") || !strcmp(code, "9503");
}

bool im_code_is_fault(const char *code)
{
	return !strcmp(code, "9000") || (code[0] == '9' && code[1] >= '1' && code[1] <= '5');
}
