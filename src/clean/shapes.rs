//! The table of shapes: what is a secret, and how it is found.
//!
//! Two classes: a token whose own form gives it away (`ghp_…`), and a value that only the words
//! before it make a secret (`password=…`); the second is judged by `values`.

use super::{pem, values};
use std::ops::Range;

/// A kind of secret and how to find it.
pub struct Shape {
    /// Stands in the placeholder: `[redacted:NAME]`.
    pub name: &'static str,
    /// One of these is in every text that holds the shape. Lower case stands for any case; a keyword
    /// with an upper-case letter is looked for as it is.
    pub keywords: &'static [&'static str],
    /// Finds a candidate; see [`Extent`] for which part of the match is the secret.
    pub pattern: &'static str,
    pub extent: Extent,
    /// The format in words, for people.
    pub format: &'static str,
}

/// Which part of a text a pattern's match makes the secret.
#[derive(Clone, Copy)]
pub enum Extent {
    /// The first group, or the whole match when there is none.
    Token,
    /// The match is the lead (`password=`); the function reads and judges the value behind it.
    After(fn(text: &str, lead: Range<usize>) -> Option<Range<usize>>),
}

macro_rules! shape {
    ($name:literal, $keywords:expr, $pattern:expr, $extent:expr, $format:literal) => {
        Shape {
            name: $name,
            keywords: &$keywords,
            pattern: $pattern,
            extent: $extent,
            format: $format,
        }
    };
}

/// The begin of a word, for tokens with a beginning as common as `sk-` (`task-…`). An escape
/// sequence (`\n`, `%20`) ends in a letter or digit but still begins a word.
macro_rules! word {
    ($token:literal) => {
        concat!(r"(?:^|[^A-Za-z0-9]|\\[nrt]|%[0-9A-Fa-f]{2})(", $token, ")")
    };
}

/// What stands between a name and its value: `=`, `: `, `":"`, `\": \"`, `"] = "`.
macro_rules! assigned {
    ($name:literal) => {
        concat!(
            "(?i-u)(?:",
            $name,
            r#")[a-z0-9_-]{0,32}\\{0,3}(?:["'`]\]?)?(?:[ \t]{0,4}(?:=>|:=|==?|:|>)[ \t]{0,4}|[ \t]{1,4})"#
        )
    };
}

/// All shapes, the telling ones first.
pub const SHAPES: &[Shape] = &[
    shape!(
        "private-key",
        ["PRIVATE KEY"],
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----",
        Extent::After(pem::body),
        "RFC 7468 textual encoding, OpenSSH and PGP armour; line ends may be spaces or `\\n`, END may be missing"
    ),
    shape!(
        "aws-access-key-id",
        ["AKIA", "ASIA", "ABIA", "ACCA"],
        r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?-u:\b)",
        Extent::Token,
        "four letters for the kind (docs.aws.amazon.com, IAM identifiers) and 16 upper-case letters or digits"
    ),
    shape!(
        "aws-secret-key",
        ["secret"],
        r#"(?i-u:secret_?(?:access_?)?key)\\{0,3}["']?[ \t]{0,4}(?:=>|[=:]|[ \t])[ \t]{0,4}\\{0,3}["']?([A-Za-z0-9/+]{40})(?:$|[^A-Za-z0-9/+=])"#,
        Extent::Token,
        "40 characters of base64 after a name such as `aws_secret_access_key`"
    ),
    shape!(
        "github-token",
        ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
        r"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{22,}",
        Extent::Token,
        "`ghp_` (classic), `gho_`, `ghu_`, `ghs_`, `ghr_` and 36 letters or digits; `github_pat_` (fine-grained)"
    ),
    shape!(
        "gitlab-token",
        [
            "glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glimt-", "glagent-",
            "gloas-", "glsoat-"
        ],
        r"gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat)-[A-Za-z0-9_-]{20,}(?:\.[a-z0-9]{2}\.[a-z0-9]{9})?",
        Extent::Token,
        "a prefix of docs.gitlab.com/security/tokens (`glpat-` personal, `gldt-` deploy …) and 20 or more characters"
    ),
    shape!(
        "slack-token",
        ["xox", "xapp-"],
        r"xox[a-z][-.][A-Za-z0-9.-]{9,}[A-Za-z0-9]|xapp-[0-9]-[A-Za-z0-9-]{20,}",
        Extent::Token,
        "`xoxb-` (bot), `xoxp-` (user), `xoxe.xoxp-` (rotating), `xapp-1-` (app level)"
    ),
    shape!(
        "slack-webhook",
        ["hooks.slack.com"],
        r"(?i-u)hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9/_-]{20,})",
        Extent::Token,
        "the path behind `hooks.slack.com/services/`"
    ),
    shape!(
        "discord-webhook",
        ["/api/webhooks/"],
        r"(?i-u)discord(?:app)?\.com/api/webhooks/[0-9]{15,25}/([A-Za-z0-9_-]{50,})",
        Extent::Token,
        "the last part of `discord.com/api/webhooks/ID/TOKEN`"
    ),
    shape!(
        "anthropic-key",
        ["sk-ant-"],
        r"sk-ant-[A-Za-z0-9_-]{20,}",
        Extent::Token,
        "`sk-ant-api03-`, `sk-ant-admin01-`, `sk-ant-oat01-` and about 95 characters"
    ),
    shape!(
        "openai-key",
        ["sk-"],
        word!(
            r"sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{20,}|sk-or-v1-[0-9a-f]{32,}|sk-[A-Za-z0-9]{16,}T3BlbkFJ[A-Za-z0-9_-]{16,}|sk-[A-Za-z0-9]{32,}"
        ),
        Extent::Token,
        "`sk-` or `sk-proj-` (`T3BlbkFJ` stands in the middle); other vendors took the prefix over"
    ),
    shape!(
        "google-key",
        ["AIza", "ya29.", "GOCSPX-"],
        r"AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{30,}|GOCSPX-[A-Za-z0-9_-]{24,}",
        Extent::Token,
        "API key `AIza` and 35 characters, OAuth access token `ya29.`, OAuth client secret `GOCSPX-`"
    ),
    shape!(
        "azure-secret",
        ["Q~"],
        r"[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,}",
        Extent::Token,
        "Entra client secret: three characters, a digit, `Q~`, 31 to 34 characters"
    ),
    shape!(
        "npm-token",
        ["npm_"],
        r"npm_[A-Za-z0-9]{20,}",
        Extent::Token,
        "`npm_` and 36 letters or digits"
    ),
    shape!(
        "pypi-token",
        ["pypi-"],
        r"pypi-AgE[A-Za-z0-9_-]{50,}",
        Extent::Token,
        "`pypi-` and a macaroon, whose base64 begins `AgE`"
    ),
    shape!(
        "crates-token",
        ["cio"],
        word!(r"cio[A-Za-z0-9]{32}(?-u:\b)"),
        Extent::Token,
        "`cio` and 32 letters or digits"
    ),
    shape!(
        "stripe-key",
        ["sk_live_", "sk_test_", "rk_live_", "rk_test_", "whsec_"],
        r"[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/]{24,}={0,2}",
        Extent::Token,
        "`sk_live_`, `rk_live_` (restricted), their `_test_` twins, webhook secret `whsec_`"
    ),
    shape!(
        "sendgrid-key",
        ["SG."],
        r"SG\.[A-Za-z0-9_-]{20,24}\.[A-Za-z0-9_-]{39,}",
        Extent::Token,
        "`SG.`, 22 characters, a dot, 43 characters"
    ),
    shape!(
        "twilio-key",
        ["SK"],
        word!(r"SK[0-9a-f]{32}(?-u:\b)"),
        Extent::Token,
        "`SK` and 32 hexadecimal digits; the account id `AC…` is public"
    ),
    shape!(
        "digitalocean-token",
        ["dop_v1_", "doo_v1_", "dor_v1_"],
        r"do[por]_v1_[a-f0-9]{64}",
        Extent::Token,
        "`dop_v1_` and 64 hexadecimal digits"
    ),
    shape!(
        "huggingface-token",
        ["hf_", "api_org_"],
        word!(r"(?:hf_|api_org_)[A-Za-z0-9]{30,}"),
        Extent::Token,
        "`hf_` and 34 letters"
    ),
    shape!(
        "vercel-token",
        ["vercel_blob_", "vcp_", "vck_", "vca_", "vci_", "vcr_"],
        word!(r"vercel_blob_rw_[A-Za-z0-9_]{20,}|vc[pkair]_[A-Za-z0-9]{24,}"),
        Extent::Token,
        "`vcp_` (personal), `vck_` (gateway) …; `vercel_blob_rw_` (blob store)"
    ),
    shape!(
        "supabase-key",
        ["sbp_", "sb_secret_"],
        r"sbp_[a-f0-9]{40,}|sb_secret_[A-Za-z0-9_-]{20,}",
        Extent::Token,
        "`sbp_` (account) and `sb_secret_`; `sb_publishable_` is public, and older keys are JWTs"
    ),
    shape!(
        "uuid-token",
        ["railway", "heroku", "_authtoken"],
        r#"(?i-u)(?:railway[a-z_]{0,24}token|heroku[a-z_]{0,24}key|_authtoken)["'\\]{0,8}[ \t]{0,4}[=: ][ \t]{0,4}["'\\]{0,8}([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"#,
        Extent::Token,
        "a UUID after a name whose vendor uses bare UUIDs: Railway, Heroku, older npm"
    ),
    shape!(
        "vault-token",
        ["hvs.", "hvb.", "hvr."],
        r"hv[sbr]\.[A-Za-z0-9_-]{24,}",
        Extent::Token,
        "HashiCorp Vault: `hvs.` (service), `hvb.` (batch), `hvr.` (recovery)"
    ),
    shape!(
        "platform-token",
        [
            "dckr_",
            "fm2_",
            "fo1_",
            "nfp_",
            "rnd_",
            "pul-",
            "pscale_",
            "dp.",
            "tskey-",
            "dapi",
            ".atlasv1.",
            "HRKU-",
            "ATATT3",
        ],
        word!(
            r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}|fm2_[A-Za-z0-9+/=_-]{40,}|fo1_[A-Za-z0-9_-]{40,}|nfp_[A-Za-z0-9]{32,}|rnd_[A-Za-z0-9]{24,}|pul-[a-f0-9]{40}|pscale_(?:tkn|oauth|pw)_[A-Za-z0-9_.=-]{31,}[A-Za-z0-9_=-]|dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9_.-]{39,}[A-Za-z0-9]|tskey-[a-z]+-[A-Za-z0-9-]{20,}|dapi[a-f0-9]{32}(?:-[0-9])?|[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}|HRKU-[A-Za-z0-9_-]{36,}|ATATT3[A-Za-z0-9_=-]{60,}"
        ),
        Extent::Token,
        "Docker Hub, Fly.io, Netlify, Render, Pulumi, PlanetScale, Doppler, Tailscale, Databricks, Terraform, Heroku, Atlassian"
    ),
    shape!(
        "monitoring-token",
        ["sntry", "glsa_", "glc_", "NRAK-", "PMAK-", "lin_api_"],
        r"sntry[su]_[A-Za-z0-9+/=_]{40,}|glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|glc_[A-Za-z0-9+/=]{32,}|NRAK-[A-Z0-9]{27}|PMAK-[a-f0-9]{24}-[a-f0-9]{34}|lin_api_[A-Za-z0-9]{40}",
        Extent::Token,
        "Sentry, Grafana, New Relic, Postman, Linear"
    ),
    shape!(
        "discord-token",
        ["discord", "bot"],
        word!(r"[MNO][A-Za-z0-9_-]{22,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}"),
        Extent::Token,
        "the bot's id in base64, a time, a signature, with dots between; looked for beside `discord` or `bot`"
    ),
    shape!(
        "telegram-token",
        [":AA"],
        r"[0-9]{8,10}:AA[A-Za-z0-9_-]{32,33}",
        Extent::Token,
        "the bot's id, a colon, `AA`, 33 characters"
    ),
    shape!(
        "jwt",
        ["eyJ"],
        r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+)*",
        Extent::Token,
        "RFC 7519: header and claims are JSON objects in base64url, so both begin `eyJ`"
    ),
    shape!(
        "url-password",
        ["://"],
        r#"://[^ \t\r\n/:@?#\[\]"'<>`\\]*:"#,
        Extent::After(values::url_password),
        "RFC 3986 userinfo: `scheme://user:PASSWORD@host`"
    ),
    shape!(
        "url-query",
        [
            "key=",
            "token=",
            "sig=",
            "signature=",
            "secret=",
            "credential=",
            "password=",
            "pwd=",
            "auth=",
            "jwt=",
            "code="
        ],
        r"(?i-u)[?&](?:amp;)?(?:[a-z]{1,16}[_.-]){0,3}(?:token|api_?key|key|sig|signature|secret|credential|password|pwd|auth|jwt|code|accesstoken)=",
        Extent::After(values::url_query),
        "`?token=…`, `&sig=…` (Azure SAS), `X-Amz-Signature=…`, `X-Goog-Signature=…`"
    ),
    shape!(
        "authorization",
        ["authorization", "bearer"],
        r#"(?i-u)(?:authorization\\{0,3}["']?[ \t]{0,4}[=:][ \t]{0,4}\\{0,3}["']?(?:(?:bearer|basic|token|apikey|digest|bot)[ \t]{1,4})?|bearer[ \t]{1,4})"#,
        Extent::After(values::authorization),
        "RFC 9110 credentials: `Authorization: Bearer …`, `Authorization: Basic …`, `Bearer …` alone"
    ),
    shape!(
        "password",
        ["pass", "pwd"],
        assigned!("password|passwd|passphrase|passcode|pwd|pass"),
        Extent::After(values::password),
        "`password=…`, `\"db_password\": \"…\"`, `--password …`: six characters or more"
    ),
    shape!(
        "cli-password",
        ["mysql", "mariadb", "sshpass", "login", "curl", "redis-cli"],
        r#"(?:(?i-u:mysql|mysqldump|mysqladmin|mariadb|sshpass|docker login|podman login|helm registry login)(?:[ \t][^|;\n]*?)??[ \t]-[Pp][ =]?|(?i-u:redis-cli)(?:[ \t][^|;\n]*?)??[ \t]-[Aa][ =]|(?i-u:curl)(?:[ \t][^|;\n]*?)??[ \t](?i-u:-u|--user)[ =]\\{0,2}["']?[^ \t\r\n:"']+:)"#,
        Extent::After(values::cli_password),
        "`mysql -p…`, `docker login -p …`, `sshpass -p …`, `redis-cli -a …`, `curl -u user:…`"
    ),
    shape!(
        "secret",
        ["secret", "token", "key", "auth", "credential", "connection"],
        assigned!(
            "secret|token|credential|connection[_-]?string|(?:api|app|application|access|account|private|signing|encryption|master|deploy|auth|license|service|service_role|ingest|integration|webhook|session|admin)[_-]?key|auth"
        ),
        Extent::After(values::secret),
        "`api_key=…`, `\"client_secret\": \"…\"`, `--token …`, `AccountKey=…`: a value that looks random"
    ),
];
