<?php

// A sign-up that sends a code by mail.

declare(strict_types=1);

final class Shop
{
    /** @var array<string, string> by address */
    private array $codes = [];

    public function signUp(string $email): void
    {
        $this->codes[$email] = sprintf('%06d', random_int(0, 999999));
        $text = "Your verification code is {$this->codes[$email]}.\n";
        if (!mail($email, 'Welcome to the shop', $text, ['From' => 'shop@example.com'])) {
            throw new RuntimeException("no mail could be sent to $email");
        }
    }

    public function confirm(string $email, string $code): bool
    {
        return isset($this->codes[$email]) && hash_equals($this->codes[$email], $code);
    }
}
