<?php

// Asks dsmtpd for mails.

declare(strict_types=1);

/** @return array<string, mixed> */
function ask(string $path, array $query = []): array
{
    $url = rtrim((string) getenv('DSMTPD_URL'), '/') . "/api/v1/$path?" . http_build_query($query);
    $answer = @file_get_contents($url);
    if ($answer === false) {
        throw new RuntimeException("$url: " . (error_get_last()['message'] ?? 'no answer'));
    }
    return json_decode($answer, true, flags: JSON_THROW_ON_ERROR);
}

/** The place that is now: mails that come from now on are behind it. */
function cursor(): int
{
    return ask('messages', ['limit' => 1])['cursor'];
}

/** Waits for a mail behind the place. */
function wait_for_mail(string $query, int $after): array
{
    return ask('wait', ['query' => $query, 'after' => $after, 'timeout' => 10])['messages'][0];
}

/** The code in a mail. */
function code_of(array $mail): string
{
    foreach (ask("message/{$mail['ID']}/codes")['Codes'] as $code) {
        if ($code['Kind'] === 'code') {
            return $code['Value'];
        }
    }
    throw new RuntimeException("there is no code in the mail {$mail['Subject']}");
}
