#pragma once
/* How a message is made: its parts as a tree, each with its header, and the envelope it came in, as JSON.
 *
 * Owns: nothing; what is returned is the caller's.
 * Thread: any.
 * Units and limits: those of message/message.h; sizes in bytes.
 * Source: docs/api.md. */
#include "message/message.h"
#include "syntax/envelope.h"
#include <jansson.h>

/* {PartID, Kind, ContentType, Charset, Encoding, Disposition, FileName, ContentID, Size, RawSize, Fields, Parts}. */
json_t *mail_structure_print(const Message *message);

/* {From, To, Peer, Helo, Protocol, Username, TLS}; texts are empty where nothing is known. */
json_t *mail_structure_print_envelope(const Envelope *envelope);
