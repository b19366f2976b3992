/* SPDX-License-Identifier: Apache-2.0 */
/*
 * feedback - codes of feedback entries and faults, and their wording
 *
 * Codes and their meaning are those of OSCI-Transport 1.2, all of them, ascending.  A code without a row
 * gets the text of 9811, so that an answer is never without one.
 */
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include <osci/feedback.h>

static const struct {
	const char code[5], *de, *en;
} texts[] = {
	{ "0800", "Auftrag ausgeführt, Dialog beendet.", "Order carried out, dialog closed." },
	{ "0801", "Auftrag ausgeführt, Dialog bleibt offen.", "Order carried out, dialog stays open." },
	{ "3500", "Ihr Verschlüsselungszertifikat ist außerhalb seiner Gültigkeitsdauer.",
	  "Your cipher certificate is outside its validity period." },
	{ "3501", "Ihr Verschlüsselungszertifikat konnte nicht vollständig geprüft werden.",
	  "Your cipher certificate could not be checked completely." },
	{ "3700", "Ihr Signaturzertifikat ist außerhalb seiner Gültigkeitsdauer.",
	  "Your signature certificate is outside its validity period." },
	{ "3701", "Ein Signaturzertifikat eines Autors ist außerhalb seiner Gültigkeitsdauer.",
	  "The signature certificate of an author is outside its validity period." },
	{ "3702", "Das Signaturzertifikat eines Autors ist unbekannter Herkunft oder nicht zum Signieren bestimmt.",
	  "The signature certificate of an author has no trusted issuer or is not meant for signatures." },
	{ "3703", "Das Signaturzertifikat eines Autors ist gesperrt.",
	  "The signature certificate of an author is revoked." },
	{ "3704", "Ein Verschlüsselungszertifikat eines Autors ist außerhalb seiner Gültigkeitsdauer.",
	  "The cipher certificate of an author is outside its validity period." },
	{ "3705", "Das Verschlüsselungszertifikat des Empfängers ist außerhalb seiner Gültigkeitsdauer.",
	  "The addressee's cipher certificate is outside its validity period." },
	{ "3706", "Ein Verschlüsselungszertifikat eines Lesers ist außerhalb seiner Gültigkeitsdauer.",
	  "The cipher certificate of a reader is outside its validity period." },
	{ "3707", "Ein Zertifikat konnte nicht vollständig geprüft werden.",
	  "A certificate could not be checked completely." },
	{ "3708", "Das Signaturzertifikat des Empfängers ist außerhalb seiner Gültigkeitsdauer.",
	  "The addressee's signature certificate is outside its validity period." },
	{ "3800", "Weitere Zustellungen liegen für Sie bereit.", "More deliveries are waiting for you." },
	{ "3801", "Weitere Laufzettel entsprechen der Auswahl.", "More process cards match the selection." },
	{ "3802", "Die Antwort des Empfängers war nicht signiert.", "The recipient's answer was not signed." },
	{ "3803", "Die Antwort des Empfängers war nicht verschlüsselt.",
	  "The recipient's answer was not encrypted." },
	{ "3950", "Die Rückmeldung zur zusammengesetzten Nachricht enthält eine Warnung.",
	  "The feedback on the assembled message contains a warning." },
	{ "3951", "Die zusammengesetzte Nachricht wird noch verarbeitet, die Wartezeit ist abgelaufen.",
	  "The assembled message is still being processed, the time to wait for it is over." },
	{ "3952", "Die zusammengesetzte Nachricht wird noch verarbeitet.",
	  "The assembled message is still being processed." },
	{ "9000", "Interner Fehler.", "Internal error." },
	{ "9100", "Keine gültige OSCI-Nachricht.", "Not a valid OSCI message." },
	{ "9200", "Zum verwendeten Verschlüsselungszertifikat liegt kein Schlüssel vor.",
	  "There is no private key for the certificate used for encryption." },
	{ "9201", "Das verwendete Verschlüsselungszertifikat ist gesperrt.",
	  "The certificate used for encryption is revoked." },
	{ "9202", "Die Nachricht konnte nicht entschlüsselt werden.", "The message could not be decrypted." },
	{ "9300", "Die entschlüsselten Daten sind kein gültiger Auftrag.", "The decrypted data is no valid order." },
	{ "9400", "ConversationId, SequenceNumber oder Response passen nicht zum Dialog.",
	  "ConversationId, SequenceNumber or Response do not fit the dialog." },
	{ "9500", "Ihr Verschlüsselungszertifikat fehlt.", "Your cipher certificate is missing." },
	{ "9501", "Ihr Verschlüsselungszertifikat ist hier nicht bekannt, unbekannter Herkunft oder "
	  "nicht zum Verschlüsseln bestimmt.",
	  "Your cipher certificate is not known here, has no trusted issuer or is not meant for encryption." },
	{ "9502", "Ihr Verschlüsselungszertifikat ist gesperrt.", "Your cipher certificate is revoked." },
	{ "9503", "Interner Fehler beim Prüfen Ihres Verschlüsselungszertifikats.",
	  "Internal error while checking your cipher certificate." },
	{ "9600", "Der Auftrag muss signiert sein.", "The order has to be signed." },
	{ "9601", "Die Signatur des Auftrags ist ungültig.", "The signature of the order is invalid." },
	{ "9602", "Die Signatur deckt nicht alle Teile des Auftrags ab.",
	  "The signature does not cover all parts of the order." },
	{ "9603", "Interner Fehler beim Prüfen der Signatur.", "Internal error while checking the signature." },
	{ "9700", "Ihrem Signaturzertifikat wird nicht vertraut.", "Your signature certificate is not trusted." },
	{ "9701", "Ihr Signaturzertifikat ist gesperrt.", "Your signature certificate is revoked." },
	{ "9704", "Ein Verschlüsselungszertifikat eines Autors ist unbekannter Herkunft oder "
	  "nicht zum Verschlüsseln bestimmt.",
	  "The cipher certificate of an author has no trusted issuer or is not meant for encryption." },
	{ "9705", "Ein Verschlüsselungszertifikat eines Autors ist gesperrt.",
	  "The cipher certificate of an author is revoked." },
	{ "9706", "Das Verschlüsselungszertifikat des Empfängers ist hier nicht bekannt, unbekannter Herkunft oder "
	  "nicht zum Verschlüsseln bestimmt.",
	  "The addressee's cipher certificate is not known here, has no trusted issuer or is not meant for encryption." },
	{ "9707", "Das Verschlüsselungszertifikat des Empfängers ist gesperrt.",
	  "The addressee's cipher certificate is revoked." },
	{ "9708", "Ein Verschlüsselungszertifikat eines Lesers ist unbekannter Herkunft oder "
	  "nicht zum Verschlüsseln bestimmt.",
	  "The cipher certificate of a reader has no trusted issuer or is not meant for encryption." },
	{ "9709", "Ein Verschlüsselungszertifikat eines Lesers ist gesperrt.",
	  "The cipher certificate of a reader is revoked." },
	{ "9710", "Interner Fehler beim Prüfen eines Zertifikats.", "Internal error while checking a certificate." },
	{ "9711", "Das Signaturzertifikat des Empfängers ist unbekannter Herkunft oder nicht zum Signieren bestimmt.",
	  "The addressee's signature certificate has no trusted issuer or is not meant for signatures." },
	{ "9712", "Das Signaturzertifikat des Empfängers ist gesperrt.",
	  "The addressee's signature certificate is revoked." },
	{ "9800", "Die Zustellung hat keine MessageId.", "The delivery has no MessageId." },
	{ "9801", "Die MessageId wurde nicht für Sie vergeben oder ist schon verwendet.",
	  "The MessageId was not issued to you or is used already." },
	{ "9802", "Dieser Auftrag ist nur in einem expliziten Dialog möglich.",
	  "This order needs an explicit dialog." },
	{ "9803", "Keine Zustellung entspricht der Auswahl.", "No delivery matches the selection." },
	{ "9804", "Kein Laufzettel entspricht der Auswahl.", "No process card matches the selection." },
	{ "9805", "Der Empfänger hat die Zustellung nicht angenommen.",
	  "The recipient did not accept the delivery." },
	{ "9806", "Der Empfänger hat die Zustellung angenommen, seine Antwort enthält aber keine Zustellung für Sie.",
	  "The recipient accepted the delivery, but its answer holds none for you." },
	{ "9807", "Die Signatur der Antwort des Empfängers ist ungültig.",
	  "The signature of the recipient's answer is invalid." },
	{ "9808", "Der Empfänger hat einen internen Fehler gemeldet.", "The recipient reported an internal error." },
	{ "9809", "Interner Fehler des Intermediärs, die Zustellung hat den Empfänger nicht erreicht.",
	  "Internal error of the intermediary, the delivery did not reach the recipient." },
	{ "9810", "Interner Fehler des Intermediärs, die Zustellung hat den Empfänger erreicht.",
	  "Internal error of the intermediary, the delivery did reach the recipient." },
	{ "9811", "Der Auftrag konnte nicht ausgeführt werden.", "The order could not be carried out." },
	{ "9900", "Das Paket ist schon vorhanden.", "The chunk is there already." },
	{ "9901", "Die Nummer des Pakets ist falsch.", "The number of the chunk is wrong." },
	{ "9902", "Das Paket ist größer als erlaubt.", "The chunk is larger than allowed." },
	{ "9903", "Das Paket ist kleiner als erlaubt.", "The chunk is smaller than allowed." },
	{ "9904", "Die Nachricht ist größer als erlaubt.", "The message is larger than allowed." },
	{ "9905", "Die Angaben zum Paket widersprechen sich oder früheren.",
	  "The chunk information contradicts itself or what came before." },
	{ "9950", "Die Rückmeldung zur zusammengesetzten Nachricht enthält einen Fehler.",
	  "The feedback on the assembled message contains an error." },
};

_Static_assert(sizeof(texts) / sizeof(texts[0]) == OSCI_FEEDBACK_CODES, "OSCI_FEEDBACK_CODES counts the rows");

const char *osci_feedback_code(size_t i)
{
	return i < OSCI_FEEDBACK_CODES ? texts[i].code : NULL;
}

size_t osci_feedback_index(const char *code)
{
	size_t i = 0;

	while (i < OSCI_FEEDBACK_CODES && strcmp(texts[i].code, code))
		i++;
	return i;
}

static const char *first_known(const char *wish)
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
	return NULL;
}

const char *osci_feedback_language(const char *wish, const char *usual)
{
	const char *found = first_known(wish);

	if (!found)
		found = first_known(usual);
	return found ? found : "de";
}

const char *osci_feedback_text(const char *code, const char *language)
{
	size_t i = osci_feedback_index(code);

	if (i == OSCI_FEEDBACK_CODES)
		i = osci_feedback_index("9811");
	return !strcmp(language, "en") ? texts[i].en : texts[i].de;
}

bool osci_feedback_is_server(const char *code)
{
	return !strcmp(code, "9000") || !strcmp(code, "9503");
}

bool osci_feedback_is_fault(const char *code)
{
	return strlen(code) == 4 && code[0] == '9' && (!strcmp(code, "9000") || (code[1] >= '1' && code[1] <= '5'));
}
