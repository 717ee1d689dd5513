/**
 * What the API tells of one message, as docs/api.md and openapi.json have it.
 *
 * @typedef {{ Name: string, Text: string, Raw: string }} Field
 *
 * @typedef {object} Part
 * @property {string} PartID
 * @property {"container" | "text" | "html" | "alternative" | "inline" | "attachment"} Kind
 * @property {string} ContentType
 * @property {string} Charset
 * @property {string} Encoding
 * @property {string} Disposition
 * @property {string} FileName
 * @property {string} ContentID
 * @property {number} Size In octets, decoded.
 * @property {number} RawSize In octets, as sent.
 * @property {Field[]} Fields
 * @property {Part[]} Parts
 *
 * @typedef {object} Envelope
 * @property {string} From
 * @property {string[]} To
 * @property {string} Peer
 * @property {string} Helo
 * @property {string} Protocol
 * @property {string} Username
 * @property {string} TLS
 * @property {Dsn} DSN
 *
 * @typedef {object} Dsn What was asked for about reports of the delivery.
 * @property {string} Ret
 * @property {string} EnvID
 * @property {{ To: string, Notify: string[], ORcpt: string }[]} Recipients As many as in To, or none.
 *
 * @typedef {{ Envelope: Envelope, Structure: Part }} Structure
 *
 * @typedef {{ Kind: string, URL: string }} Remote
 *
 * @typedef {{ Kind: "code" | "link", Value: string, Context: string, Confidence: number }} Code
 *
 * @typedef {{ Kind: string, URL: string, Text: string, Context: string }} Link
 *
 * @typedef {object} Check
 * @property {string} Name
 * @property {string} Group
 * @property {"info" | "warning" | "error"} Level
 * @property {string} Text
 * @property {string} Detail
 * @property {string} Source
 * @property {Location | null} Location
 *
 * @typedef {{ In: "html" | "raw", Line: number, Text: string }} Location A line of a source, from 1.
 *
 * @typedef {object} AuthenticationResult
 * @property {"none" | "unknown" | "pass" | "neutral" | "softfail" | "fail" | "permerror"} Result
 * @property {string} Reason
 * @property {string} Source
 *
 * @typedef {"no" | "unknown" | "relaxed" | "strict"} Alignment
 *
 * @typedef {object} SignatureFacts
 * @property {string} Domain
 * @property {string} Record
 * @property {string} Algorithm
 * @property {string} Canonicalization
 * @property {string[]} SignedFields
 * @property {number} KeyBits
 * @property {Alignment} Alignment
 *
 * @typedef {AuthenticationResult & SignatureFacts} Signature
 *
 * @typedef {object} Authentication
 * @property {string} From
 * @property {Signature[]} DKIM
 * @property {AuthenticationResult & { Domain: string, Address: string, Alignment: Alignment }} SPF
 * @property {AuthenticationResult & { Record: string, Policy: string }} DMARC
 *
 * @typedef {{ Milliseconds: number, Side: "client" | "server" | "connection", Text: string }} Line
 *
 * @typedef {object} Attempt
 * @property {number} Number
 * @property {string} Time
 * @property {string} Peer
 * @property {string} Helo
 * @property {string | null} From
 * @property {string[]} To
 * @property {string} Command
 * @property {string} Reply
 * @property {Line[]} Session
 *
 * @typedef {{ Name: string, Platform: string, Family: string, Version: string, Support: string, NoteNumber: string }} Support
 *
 * @typedef {object} Warning
 * @property {string} Slug
 * @property {string} Title
 * @property {string} URL
 * @property {Support[]} Results
 * @property {Record<string, string>} NotesByNumber
 * @property {{ Found: number, Supported: number, Partial: number, Unsupported: number }} Score
 * @property {Location} Location
 *
 * @typedef {{ Supported: number, Partial: number, Unsupported: number, Tests: number, Nodes: number }} Total
 *
 * @typedef {{ Warnings: Warning[], FamilyNames: Record<string, string>, PlatformNames: Record<string, string>, Total: Total }} HtmlCheck
 *
 * @typedef {object} SpamOpinion
 * @property {string} Error "": there is an opinion.
 * @property {boolean} IsSpam
 * @property {number} Score
 * @property {{ Name: string, Score: number, Description: string }[]} Rules The highest score first.
 *
 * @typedef {object} Settings What the server is switched to.
 * @property {boolean} SpamAssassin Whether it knows a spamd to ask.
 * @property {"off" | "ask" | "public" | "any"} FetchLinks Which links it requests when somebody wants to know.
 *
 * @typedef {{ URL: string, StatusCode: number, Status: string }} CheckedLink A status of 0: there is none.
 */

export {};
