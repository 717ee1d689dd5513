#pragma once
/* What the files of checks/ share: the rules, and the message that is being looked at.
 *
 * Source: rules.c. */
#include "checks/checks.h"
#include "message/own_parts.h"

enum { CHECK_PICTURE_BYTES_LARGE = 1000 * 1000 };

typedef enum {
  /* headers */
  RULE_BYTE_ORDER_MARK,
  RULE_BEFORE_HEADER,
  RULE_FIELD_TWICE,
  RULE_DATE_UNREADABLE,
  RULE_DATE_FORM,
  RULE_DATE_WEEKDAY,
  RULE_DATE_FAR,
  RULE_MESSAGE_ID_FORM,
  RULE_MESSAGE_ID_LOCAL,
  RULE_FROM_UNREADABLE,
  RULE_ADDRESS_SEPARATOR,
  RULE_ADDRESS_UNQUOTED,
  RULE_ADDRESS_FORM,
  RULE_NO_SENDER,
  RULE_NO_RECIPIENT,
  RULE_BCC_SHOWN,
  RULE_NO_SUBJECT,
  RULE_ENCODED_WORD_LONG,
  RULE_ENCODED_WORD_FORM,
  RULE_ENCODED_WORD_GLUED,
  RULE_ENCODED_WORD_CUT,
  RULE_ENCODED_WORD_QUOTED,
  RULE_RETURN_PATH,
  RULE_NO_MIME_VERSION,
  RULE_SENDERS_DIFFER,
  /* parts */
  RULE_CONTENT_TYPE_UNREADABLE,
  RULE_PARAMETER_FORM,
  RULE_PARAMETER_WORD,
  RULE_PARAMETER_8BIT,
  RULE_BOUNDARY_MISSING,
  RULE_MULTIPART_UNDECLARED,
  RULE_MULTIPART_OPEN,
  RULE_ENCODING_UNKNOWN,
  RULE_MULTIPART_ENCODED,
  RULE_BASE64_FORM,
  RULE_QUOTED_PRINTABLE_FORM,
  RULE_ENCODED_LINE_LONG,
  RULE_8BIT_UNDECLARED,
  RULE_CHARSET_UNKNOWN,
  RULE_CHARSET_WRONG,
  RULE_CHARSET_OPEN,
  RULE_CHARSET_EXTENSION,
  RULE_NO_TEXT_PART,
  RULE_TEXT_AFTER_HTML,
  RULE_BODY_NAMED,
  RULE_FILE_NAME_UNSAFE,
  RULE_FILE_NAMES_DIFFER,
  RULE_AMP_ALONE,
  RULE_AMP_AFTER_HTML,
  RULE_PICTURE_MISSING,
  RULE_PICTURE_LIKE_ID,
  RULE_PICTURE_BY_NAME,
  RULE_PICTURE_UNUSED,
  RULE_PICTURE_LARGE,
  RULE_FILE_REJECTED,
  RULE_MAIL_LARGE,
  /* HTML */
  RULE_HTML_CLIPPED,
  RULE_HTML_SCRIPT,
  RULE_HTML_FORM,
  RULE_HTML_FRAME,
  RULE_IMG_NO_ALT,
  RULE_IMG_NO_SIZE,
  RULE_NO_LANG,
  RULE_LAYOUT_TABLE,
  RULE_LITTLE_TEXT,
  RULE_RELATIVE_ADDRESS,
  RULE_BASE_NEEDED,
  RULE_REMOTE_PLAIN,
  RULE_TRACKING_PIXEL,
  RULE_PICTURE_BLURRED,
  RULE_PICTURE_WASTEFUL,
  RULE_PICTURE_DISTORTED,
  /* the form of the HTML */
  RULE_HTML_DOCTYPE,
  RULE_HTML_CUT,
  RULE_HTML_UNCLOSED,
  RULE_HTML_ORDER,
  RULE_HTML_STRAY_END,
  RULE_HTML_VOID_END,
  RULE_HTML_SELF_CLOSED,
  RULE_HTML_NESTING,
  RULE_HTML_TABLE,
  RULE_HTML_ID_TWICE,
  RULE_HTML_ATTRIBUTE_TWICE,
  RULE_HTML_QUOTES,
  RULE_HTML_UNQUOTED,
  RULE_HTML_REFERENCE,
  /* links */
  RULE_LINK_EMPTY,
  RULE_LINK_LOCAL,
  RULE_LINK_PLAIN,
  RULE_LINK_DECEIVES,
  RULE_LINK_INTO_APP,
  RULE_LINK_GLUED,
  RULE_TEMPLATE_LEFT,
  /* lists */
  RULE_NO_UNSUBSCRIBE,
  RULE_UNSUBSCRIBE_FORM,
  RULE_NO_ONE_CLICK,
  RULE_ONE_CLICK_UNSIGNED,
  /* authentication */
  RULE_DKIM_NONE,
  RULE_DKIM_FORM,
  RULE_DKIM_SHA1,
  RULE_DKIM_FROM_UNSIGNED,
  RULE_DKIM_FROM_ADDABLE,
  RULE_DKIM_UNSIGNED,
  RULE_DKIM_LENGTH,
  RULE_DKIM_EXPIRED,
  RULE_DKIM_BODY,
  RULE_DKIM_FIELDS,
  RULE_DKIM_KEY,
  RULE_DKIM_KEY_SHORT,
  RULE_DKIM_NOT_ALIGNED,
  RULE_DKIM_MANY,
  RULE_DKIM_OFFLINE,
  RULE_DKIM_PASS,
  RULE_SPF_OFFLINE,
  RULE_SPF_PASS,
  RULE_SPF_WEAK,
  RULE_SPF_FAIL,
  RULE_SPF_FORM,
  RULE_DMARC_OFFLINE,
  RULE_DMARC_PASS,
  RULE_DMARC_FAIL,
  RULE_DMARC_FORM,
  RULES_N
} CheckRule;

typedef struct CheckRuleText {
  const char *name;
  const char *group;
  CheckLevel level;
  const char *text; /* a # stands for the count */
  const char *source;
} CheckRuleText;

extern const CheckRuleText check_rules[RULES_N];

typedef struct Checks {
  const Message *message;
  const Envelope *envelope;
  const OriginReport *origin;
  gint64 received_us;
  const char *text;      /* plain text; NULL: there is none */
  const char *html;      /* NULL: there is none */
  const OwnParts *parts; /* that the HTML may show; NULL: there is no HTML */
  const char *from;      /* the domain of From, lower case; "": none */
  guint64 counts[RULES_N];
  char *details[RULES_N];
  const char *places[RULES_N]; /* in the HTML or in the message's bytes, of the first; NULL: unknown */
} Checks;

/* One more of a rule. Of the first are kept `detail`, any valid UTF-8, and `place`, a pointer into the HTML or the
 * message's bytes; each may be NULL. */
void checks_add(Checks *checks, CheckRule rule, const char *detail);
void checks_add_at(Checks *checks, CheckRule rule, const char *place, const char *detail);
void checks_add_many(Checks *checks, CheckRule rule, guint64 count, const char *place, const char *detail);

/* Of the message's own header, the field of this name with this number, from 0; NULL: there is none. */
const char *checks_field_place(const Checks *checks, const char *name, guint number);

/* How many fields of this name the message's own header has. */
guint checks_count_fields(const Checks *checks, const char *name);

/* Behind the last @, lower case; "": none. The caller frees. */
char *checks_domain(const char *address);

/* Are both the same domain, or one below the other? DMARC's "relaxed" would look for the registered one. */
gboolean checks_are_aligned(const char *domain, const char *other);

void checks_headers(Checks *checks);
void checks_fields(Checks *checks);
void checks_parts(Checks *checks);
void checks_html(Checks *checks);
void checks_html_form(Checks *checks);
void checks_pictures(Checks *checks);
void checks_links(Checks *checks);
void checks_lists(Checks *checks);
void checks_origin(Checks *checks);
