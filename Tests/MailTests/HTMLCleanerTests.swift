// HTML made harmless: what stays, what goes, and what attackers write so that it stays.
// Must not test parts.

import Testing

@testable import Mail

@Suite struct HTMLCleanerTests {
    static let cases: [(html: String, clean: String)] = [
        // What stays.
        ("<p class=\"a\">Hello, <b>you</b> &amp; I</p>", "<p class=\"a\">Hello, <b>you</b> &amp; I</p>"),
        ("<TABLE WIDTH=100%><tr><td bgcolor='#fff'>x", "<table width=\"100%\"><tr><td bgcolor=\"#fff\">x"),
        (
            "<!DOCTYPE html><a href=\"https://a.example/?a=1&b=2\">x</a>",
            "<!DOCTYPE html><a href=\"https://a.example/?a=1&b=2\">x</a>"
        ),
        ("<img src=\"cid:1\" alt='a \"b\"'>", "<img src=\"cid:1\" alt=\"a &quot;b&quot;\">"),
        ("<p style=\"color: red; font-family: &quot;A&quot;\">", "<p style=\"color: red; font-family: 'A'\">"),
        ("1 < 2 > 0", "1 &lt; 2 &gt; 0"),
        // Scripts.
        ("a<script>x('</b>')</script>b", "ab"),
        ("a<SCRIPT src=x></SCRIPT >b", "ab"),
        ("a<script>b", "a"),
        ("<p onclick=\"x()\" onload=x>a", "<p>a"),
        ("<a href=\"javascript:x()\">a</a>", "<a>a</a>"),
        ("<a href=\"java&#115;cript:x()\">a</a>", "<a>a</a>"),
        ("<a href=\" JaVa\tScript:x()\">a</a>", "<a>a</a>"),
        ("<a href='&#104;ttps://a.example'>a</a>", "<a>a</a>"),
        ("<svg><script>x</script></svg>a<svg/onload=x>b", "a"),
        ("a<object><object></object>x</object>b", "ab"),
        ("<meta http-equiv=refresh content='0;url=https://a.example'>a<base href=x><link rel=stylesheet href=x>", "a"),
        (
            "<noscript><p title=\"</noscript><img src=x onerror=x>\">a",
            "<p title=\"&lt;/noscript&gt;&lt;img src=x onerror=x&gt;\">a"
        ),
        ("<b/onmouseover=x>a", "<b>a"),
        ("<!--[if IE]><script>x</script><![endif]-->a", "a"),
        ("<!--> <b>a", " <b>a"),
        ("<p title=\"a\" title=\"b\">", "<p title=\"a\">"),
        ("<img \"><script>x</script>\">", "<img>\"&gt;"),
        ("a<p title=\"b", "a<p>"),
        // Forms.
        ("<form action=https://a.example><input name=a><button>Send</button></form>", "Send"),
        ("<textarea><b></textarea>a<select><option>1</select>b", "ab"),
        // Remote pictures.
        ("<img src=https://a.example/p.gif width=1 height=1>", "<img width=\"1\" height=\"1\">"),
        ("<img src=//a.example/p.gif srcset=x>", "<img>"),
        ("<body background=https://a.example/p.gif><td background=x>a", "<body><td>a"),
        (
            "<p style=\"background: url(https://a.example/p.gif)\">a",
            "<p style=\"background: x-url(https://a.example/p.gif)\">a"
        ),
        ("<p style=\"background: u\\rl(x)\">", "<p style=\"background: x-url(x)\">"),
        ("<p style=\"background: u/**/rl(x)\">", "<p style=\"background: u rl(x)\">"),
        ("<p style=\"background: &#117;rl(x)\">", "<p>"),
        (
            "<style>@import 'x'; p { behavior: URL(x) }</style>",
            "<style>x-@import 'x'; p { x-behavior: x-URL(x) }</style>"
        ),
        ("<style><\\/style><script>x</style>a", "<style>/style>script>x</style>a"),
        ("<iframe src=x>b</iframe><video src=x></video>a", "a"),
    ]

    @Test(arguments: cases.indices)
    func isCleaned(index: Int) {
        let test = Self.cases[index]
        let clean = String(decoding: HTMLCleaner.clean(Array(test.html.utf8)), as: UTF8.self)
        #expect(clean == test.clean, "\(test.html)")
    }

    /// Tags that act, and attributes that act or load, are in no output, whatever stands around them.
    @Test(arguments: [21, 22])
    func whateverComesInWhatComesOutIsClean(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "<", ">", "\"", "'", "=", "/", " ", "<!--", "-->", "</", "style", "script", "\\", "&", "\0", "url(",
        ]
        for _ in 0..<2_000 {
            var text = Self.cases.randomElement(using: &generator)?.html ?? ""
            for _ in 0..<Int.random(in: 1...5, using: &generator) {
                let place = text.indices.randomElement(using: &generator) ?? text.endIndex
                text.insert(contentsOf: pieces.randomElement(using: &generator) ?? "", at: place)
            }
            let clean = HTMLCleaner.clean(Array(text.utf8))
            let output = String(decoding: clean, as: UTF8.self)
            #expect(!output.contains(/(?i)<\/?(script|svg|iframe|object|form|input|meta|base|link)/), "\(text)")
            #expect(!output.contains(/<[^>]*\son\w+="/), "\(text)")
            #expect(!output.contains(/<\w[^<>]*\s(src|srcset|background)="(?!\s*(cid:|data:image\/))/), "\(text)")
        }
    }
}
