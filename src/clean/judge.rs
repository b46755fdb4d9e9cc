//! What a value looks like by itself: a word, a reference to something elsewhere, an id, or chance.
//! Does not know where the value stood.

/// Tells whether a token is one from documentation: AWS ends its own in EXAMPLE, others are `xxxx…`.
///
/// Long tokens repeat letters too (zeros are `AAAA` in base64), so a run must be a good part of one.
pub(super) fn is_example(token: &str) -> bool {
    let mut run = 0;
    let mut last = 0;
    let repeats = token.bytes().any(|it| {
        run = if it.eq_ignore_ascii_case(&last) { run + 1 } else { 1 };
        last = it;
        run >= 8 && run * 4 >= token.len()
    });
    repeats || (token.len() <= 64 && token.contains("EXAMPLE"))
}

/// Tells whether a value stands for a secret that is elsewhere: a variable, a call, a path, a mask, a word.
pub(super) fn is_stand_in(value: &str, quoted: bool) -> bool {
    let masked = value.bytes().all(|it| b"*.xX#_-?".contains(&it))
        || value.contains("***")
        || value.contains('…');
    masked
        || is_example(value)
        || is_one_of(value, WORDS)
        || is_reference(value)
        || is_path(value)
        || (!quoted && is_code(value))
}

fn is_reference(value: &str) -> bool {
    let opened = [
        "${", "$(", "{{", "<", "{", "%(", "!", "arn:", "op://", "vault:", "ssm:", "sha256:",
        "sha512-",
    ];
    let name = |it: &str| {
        let upper =
            it.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_');
        let lower = it.bytes().all(|it| it.is_ascii_lowercase() || it == b'_');
        !it.is_empty() && (upper || lower)
    };
    let sigil = value.strip_prefix(['$', ':', '@', '%']).map(|it| it.trim_end_matches('%'));
    let variable =
        value.contains('_') && value.bytes().all(|it| it.is_ascii_uppercase() || it == b'_');
    opened.iter().any(|it| value.starts_with(it) && (*it != "!" || value.starts_with("!Ref")))
        || sigil.is_some_and(name)
        || variable
}

/// A path has segments people can read; base64 may also begin with a slash.
fn is_path(value: &str) -> bool {
    let rooted =
        ["/", "./", "../", "~/", "C:\\", "@/", "@./"].iter().any(|it| value.starts_with(it));
    let readable = |it: &str| it.len() < 40 && !(it.len() >= 16 && is_shuffled(it));
    rooted && !value.contains(['+', '=']) && value.split(['/', '\\']).all(readable)
}

/// `getenv("X")`, `process.env.X`, `Option<String>`, `config["x"]`.
fn is_code(value: &str) -> bool {
    let ident = |it: char| it.is_ascii_alphanumeric() || "_.:&".contains(it);
    let called = value.trim_start_matches(ident);
    let dotted = value.contains('.')
        && value.split('.').all(|it| {
            !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphabetic() || it == b'_')
        });
    (called.len() < value.len() && called.starts_with(['(', '['])) || dotted
}

/// `name=value`; the `=` of base64 stand at its end.
pub(super) fn is_pair(value: &str) -> bool {
    value.split_once('=').is_some_and(|(name, rest)| {
        let word = name.bytes().all(|it| it.is_ascii_alphabetic() || b"_-".contains(&it));
        word && !name.is_empty() && !rest.trim_start_matches('=').is_empty()
    })
}

/// Tells whether a value is in a list of words, whatever their case.
pub(super) fn is_one_of(value: &str, list: &str) -> bool {
    let value = value.trim_end_matches(['!', '?', '.', ')', ',']);
    list.split_whitespace().any(|it| it.eq_ignore_ascii_case(value))
}

/// What documentation writes where a password goes.
pub(super) const DUMMIES: &str = "
    password passwd pass pwd secret token changeme change-me change_me your_password
    your-password yourpassword mypassword my-password dbpassword placeholder example dummy
    redacted hidden masked removed mysecret db_password user_password";

/// What is said about a password or a token, in logs and in schemas.
const WORDS: &str = "
    required missing expired invalid incorrect wrong rejected denied failed failure unauthorized
    unauthenticated authenticated authentication authorization forbidden optional string boolean
    integer undefined unknown default enabled disabled rotated revoked cannot should unchanged
    changed updated deleted created present absent provided supplied specified inherit prompt
    interactive generated auto-generated random encrypted plaintext plain-text sensitive
    protected rotate rotation reset mismatch accepted correct verified notset not-set not_set
    unset nullable refused leaked empty masked scram-sha-256 bcrypt argon2id argon2 sha256
    sha512 accessToken bearer aws4-hmac-sha256";

pub(super) fn has_digit(value: &str) -> bool {
    value.bytes().any(|it| it.is_ascii_digit())
}

pub(super) fn has_letter(value: &str) -> bool {
    value.bytes().any(|it| it.is_ascii_alphabetic())
}

pub(super) fn has_inner_capital(value: &str) -> bool {
    value.as_bytes().windows(2).any(|it| it[0].is_ascii_lowercase() && it[1].is_ascii_uppercase())
}

pub(super) fn is_mixed(value: &str) -> bool {
    has_digit(value) && has_letter(value)
}

pub(super) fn is_words(value: &str) -> bool {
    value
        .split(['-', '_', '.', '+'])
        .all(|it| it.bytes().all(|it| it.is_ascii_lowercase()) || !has_letter(it))
}

pub(super) fn is_hex(value: &str, len: usize) -> bool {
    value.len() == len && value.bytes().all(|it| it.is_ascii_hexdigit())
}

/// Crockford base32, 26 characters, the first at most 7 (github.com/ulid/spec).
fn is_ulid(value: &str) -> bool {
    let crockford =
        |it: u8| it.is_ascii_digit() || (it.is_ascii_uppercase() && !b"ILOU".contains(&it));
    value.len() == 26 && value.as_bytes()[0] <= b'7' && value.bytes().all(crockford)
}

/// Tells whether a value looks drawn by a machine: enough bits a character, and no longer stretch
/// between separators that a person could read. That leaves out UUIDs and `web-7d9f8b6c5d-x2v4q`.
pub(super) fn looks_random(value: &str) -> bool {
    let separator = |it: char| "-_./:".contains(it) || it.is_whitespace();
    let longest = value.split(separator).max_by_key(|it| it.len()).unwrap_or(value);
    let whole = longest.len() == value.len();
    let symbols = value.bytes().any(|it| b"!@#$%^&*+=~?/".contains(&it));
    let long =
        longest.len() >= 16 || (whole && value.len() >= 10) || (symbols && value.len() >= 10);
    // Random base64 with a slash or two in it has no long stretch but changes class all the time.
    let base64 = value.len() >= 24
        && value.bytes().all(|it| is_base64(it) || b"-_".contains(&it))
        && has_inner_capital(value);
    let judged = if longest.len() >= 16 && !base64 { longest } else { value };
    // `abc123def456`: one stretch that goes from letters to digits and back.
    let stretch = whole && value.len() >= 12 && is_mixed(value) && changes(value) >= 2;
    let padded = whole && value.ends_with('=') && value.len() >= 16 && has_inner_capital(value);
    let mixed = is_shuffled(judged) && (has_digit(judged) || judged.len() >= 20);
    let letters = mixed || stretch || padded;
    (long || base64)
        && !is_ulid(value)
        && entropy(judged) >= 3.0
        && (letters || (symbols && is_mixed(judged)))
}

/// Tells whether neighbours differ in class (lower, upper, digit) as often as chance has it: for base62
/// in three of five places, for hexadecimal in every second, for words and camelCase in few.
fn is_shuffled(value: &str) -> bool {
    changes(value) * 10 >= value.len() * 3
}

/// Returns how many neighbours differ in class.
fn changes(value: &str) -> usize {
    let class = |it: u8| (it.is_ascii_lowercase(), it.is_ascii_uppercase(), it.is_ascii_digit());
    value.as_bytes().windows(2).filter(|it| class(it[0]) != class(it[1])).count()
}

/// Returns the Shannon entropy in bits a byte.
fn entropy(value: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in value.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let len = value.len() as f64;
    counts
        .iter()
        .filter(|it| **it > 0)
        .map(|it| f64::from(*it) / len)
        .map(|it| -it * libm::log2(it))
        .sum()
}

pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)
}
