/** How programs are told where to send; `docs/` and README have the same. */

/** @typedef {{ name: string, where: string, text: string }} Recipe `where` it is to be written; "": it is a command. */

/**
 * @param {string} host
 * @param {number} port
 * @returns {Recipe[]}
 */
export function recipes(host, port) {
  return [
    {
      name: "swaks",
      where: "",
      text: `swaks --from app@example.com --to you@example.com --server ${host} --port ${port}`,
    },
    {
      name: "curl",
      where: "",
      text: `printf 'Subject: Hello\\n\\nIt works.\\n' | curl smtp://${host}:${port} --mail-from app@example.com --mail-rcpt you@example.com --upload-file -`,
    },
    { name: "Django", where: "settings.py", text: `EMAIL_HOST = "${host}"\nEMAIL_PORT = ${port}` },
    {
      name: "Rails",
      where: "config/environments/development.rb",
      text: `config.action_mailer.delivery_method = :smtp\nconfig.action_mailer.smtp_settings = { address: "${host}", port: ${port} }`,
    },
    { name: "Laravel", where: ".env", text: `MAIL_MAILER=smtp\nMAIL_HOST=${host}\nMAIL_PORT=${port}` },
    {
      name: "Node",
      where: "nodemailer",
      text: `const transport = nodemailer.createTransport({ host: "${host}", port: ${port}, secure: false });`,
    },
    {
      name: "Spring",
      where: "application.properties",
      text: `spring.mail.host=${host}\nspring.mail.port=${port}`,
    },
    {
      name: "PHP",
      where: "php.ini",
      text: `sendmail_path = "msmtp --host=${host} --port=${port} --read-recipients --from=app@example.com"`,
    },
    {
      name: "Python",
      where: "",
      text: `python3 -c 'import smtplib; smtplib.SMTP("${host}", ${port}).sendmail("app@example.com", "you@example.com", "Subject: Hello\\n\\nIt works.")'`,
    },
  ];
}
