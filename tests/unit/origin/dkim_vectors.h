#pragma once
/* Signed messages that others made: the examples of RFC 6376 A.2 and RFC 8463 A.3, and one message signed by dkimpy
 * with each pair of canonical forms, by the key of RFC 8463 A.2. */

#define BRISBANE_RSA                                                                                                   \
  "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq6"  \
  "31uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB"
#define TEST_RSA                                                                                                       \
  "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y"  \
  "3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
#define BRISBANE_ED25519 "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

static const char rfc6376_mail[] = "DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;\r\n"
                                   "      c=simple/simple; q=dns/txt; i=joe@football.example.com;\r\n"
                                   "      h=Received : From : To : Subject : Date : Message-ID;\r\n"
                                   "      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
                                   "      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB\r\n"
                                   "        4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut\r\n"
                                   "        KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV\r\n"
                                   "        4bmp/YzhwvcubU4=;\r\n"
                                   "Received: from client1.football.example.com  [192.0.2.1]\r\n"
                                   "      by submitserver.example.com with SUBMISSION;\r\n"
                                   "      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\r\n"
                                   "From: Joe SixPack <joe@football.example.com>\r\n"
                                   "To: Suzie Q <suzie@shopping.example.net>\r\n"
                                   "Subject: Is dinner ready?\r\n"
                                   "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
                                   "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
                                   "\r\n"
                                   "Hi.\r\n"
                                   "\r\n"
                                   "We lost the game. Are you hungry yet?\r\n"
                                   "\r\n"
                                   "Joe.\r\n";

static const char rfc8463_ed25519[] = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
                                      " d=football.example.com; i=@football.example.com;\r\n"
                                      " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
                                      " subject : date : message-id : from : subject : date;\r\n"
                                      " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
                                      " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"
                                      " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n";

static const char rfc8463_rsa[] = "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
                                  " d=football.example.com; i=@football.example.com;\r\n"
                                  " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
                                  " date : message-id : from : subject : date;\r\n"
                                  " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
                                  " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n"
                                  " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n"
                                  " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n";

static const char rfc8463_mail[] = "From: Joe SixPack <joe@football.example.com>\r\n"
                                   "To: Suzie Q <suzie@shopping.example.net>\r\n"
                                   "Subject: Is dinner ready?\r\n"
                                   "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
                                   "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
                                   "\r\n"
                                   "Hi.\r\n"
                                   "\r\n"
                                   "We lost the game.  Are you hungry yet?\r\n"
                                   "\r\n"
                                   "Joe.\r\n";

static const char plain_mail[] = "From: Joe <joe@football.example.com>\r\n"
                                 "To: Suzie\r\n"
                                 " <suzie@shopping.example.net>\r\n"
                                 "subject:  Is  dinner\t ready? \r\n"
                                 "X-Twice: one\r\n"
                                 "X-Twice: two\r\n"
                                 "\r\n"
                                 "Hi.\r\n"
                                 " \r\n"
                                 "We  lost\tthe game. \r\n"
                                 "\r\n"
                                 "\r\n";

static const struct {
  const char *canonical;
  const char *signature;
} pairs[] = {
    {"simple/simple", "DKIM-Signature: v=1; a=ed25519-sha256; c=simple/simple;\r\n"
                      " d=football.example.com; i=@football.example.com; q=dns/txt;\r\n"
                      " s=brisbane; t=1795544155; h=from : to : subject : x-twice : x-twice :\r\n"
                      " from; bh=MILtF4KKg8wme3i1jxlwcz4x+fQ7Fm8wWyMPO2wkP7c=;\r\n"
                      " b=i1NYm60wIeWMU66nwwe1mSrzA/UV2w9pR9uXy33s8ovGlUpFIFHm+K5PrfS4/xr8whWwZ\r\n"
                      " xosuoa6ppTiW3m5Ag==\r\n"},
    {"simple/relaxed", "DKIM-Signature: v=1; a=ed25519-sha256; c=simple/relaxed;\r\n"
                       " d=football.example.com; i=@football.example.com; q=dns/txt;\r\n"
                       " s=brisbane; t=1795544155; h=from : to : subject : x-twice : x-twice :\r\n"
                       " from; bh=sTT02lKuPAH1nGYBiIjR27DGuCuXdYrdO56uQNzQX+8=;\r\n"
                       " b=vTSsAqQztHZf/veL9kH9ItEbkwLY4roF6RAmvivJ5qDh3fnIoMttHvmtfEW0xfHH4xiwn\r\n"
                       " fptVNRdJKwcqTfaAw==\r\n"},
    {"relaxed/simple", "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/simple;\r\n"
                       " d=football.example.com; i=@football.example.com; q=dns/txt;\r\n"
                       " s=brisbane; t=1795544155; h=from : to : subject : x-twice : x-twice :\r\n"
                       " from; bh=MILtF4KKg8wme3i1jxlwcz4x+fQ7Fm8wWyMPO2wkP7c=;\r\n"
                       " b=VCCazO9Gk97I6xvLvrr677e5cjZDN27vYgcoBWtDtJtJtyux94I4emJkAxnjkqoJ+M8/L\r\n"
                       " FSDZeur7Goxjn59DA==\r\n"},
    {"relaxed/relaxed", "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
                        " d=football.example.com; i=@football.example.com; q=dns/txt;\r\n"
                        " s=brisbane; t=1795544155; h=from : to : subject : x-twice : x-twice :\r\n"
                        " from; bh=sTT02lKuPAH1nGYBiIjR27DGuCuXdYrdO56uQNzQX+8=;\r\n"
                        " b=eY/R4O5EEqK2ss86tk7fRx6FMM/7m2y5JJeiScQzKxa6qiVo6gOPSeE8x2R0aGLOl6iQx\r\n"
                        " bZ3flKAi/8gnIT7AQ==\r\n"},
};

/* l=29, of a body that has as many bytes. */
static const char limited[] = "DKIM-Signature: v=1; a=ed25519-sha256; c=simple/simple;\r\n"
                              " d=football.example.com; i=@football.example.com; l=29; q=dns/txt;\r\n"
                              " s=brisbane; t=1795544155; h=from : to;\r\n"
                              " bh=MILtF4KKg8wme3i1jxlwcz4x+fQ7Fm8wWyMPO2wkP7c=;\r\n"
                              " b=SNxboi6+ZmbaURla4THqpK2c3BpAgKY13m3eOAxiXCkyjJ91Uad5TVzPb6Jzvbb8PyKIM\r\n"
                              " 4EuyZuWrwbHpw0eAw==\r\n";
