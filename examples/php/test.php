<?php

declare(strict_types=1);

require __DIR__ . '/shop.php';
require __DIR__ . '/mails.php';

function check(bool $holds, string $what): void
{
    echo $holds ? 'ok' : 'not ok', " - $what\n";
    if (!$holds) {
        exit(1);
    }
}

$shop = new Shop();
$place = cursor();
$shop->signUp('bob@example.com');
$mail = wait_for_mail('to:bob@example.com', $place);
check($mail['Subject'] === 'Welcome to the shop', 'the mail has come');
check(!$shop->confirm('bob@example.com', '000'), 'a wrong code is refused');
check($shop->confirm('bob@example.com', code_of($mail)), 'the code in the mail confirms the address');
