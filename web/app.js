/** The page starts here. */

import { startKeys } from "./core/keys.js";
import { live } from "./core/live.js";
import { startTheme } from "./core/theme.js";
import { mails } from "./list/mail_source.js";
import "./shell/app_shell.js";
import { startNews } from "./shell/news.js";

startTheme();
startKeys();
startNews();
mails.start();
live.start();
