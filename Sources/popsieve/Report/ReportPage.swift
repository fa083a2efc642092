// A report as a page for browsers: one file, nothing to load, nothing that runs.
// Must not let through a character of anybody's that HTML or a reader would obey.

import Audit
import AuditReading

struct ReportPage {
    /// What every page begins with, and what its title does.
    static let beginning = "<!DOCTYPE html>\n<html"
    static let title = "<title>Popsieve: "

    private let report: Report

    init(_ report: Report) { self.report = report }

    var text: String {
        """
        \(Self.beginning) lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <meta name="color-scheme" content="light dark">
        \(Self.title)\(report.span.asHTML)</title>
        <style>
        \(Self.style)
        </style>
        </head>
        <body>
        <header>
        <h1>Popsieve</h1>
        <p>\(report.span.asHTML)<br><small>\(report.files.joined(separator: ", ").asHTML)</small></p>
        </header>
        <main>
        \(figures)
        \(chart)
        \(report.tables.map(Self.table).joined(separator: "\n"))
        </main>
        </body>
        </html>

        """
    }

    private static let style = """
        :root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --faint: #59636e; --line: #d1d9e0; --bar: #2f6feb; --bad: #c11; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e6edf3; --paper: #0d1117; --faint: #9198a1; --line: #30363d; --bar: #58a6ff; --bad: #ff7b72; }
        }
        body { margin: 0 auto; padding: 1rem; max-width: 60rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
        h1 { margin: 0; font-size: 1.4rem; }
        header p { margin: 0 0 1rem; color: var(--faint); }
        dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .5rem; margin: 0 0 1.5rem; }
        dl div { border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .7rem; }
        dt { color: var(--faint); font-size: .85rem; }
        dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
        table { width: 100%; border-collapse: collapse; margin: 0 0 1.5rem; font-size: .9rem; }
        caption { text-align: left; font-weight: 600; padding: .3rem 0; }
        th, td { padding: .25rem .5rem .25rem 0; border-top: 1px solid var(--line); text-align: left; vertical-align: top; }
        thead th { color: var(--faint); font-weight: 400; border-top: 0; }
        tbody th { font-weight: 400; }
        tbody th, tbody td { overflow-wrap: anywhere; }
        .n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
        .b { width: 40%; }
        .b div { height: .8rem; margin-top: .3rem; background: var(--bar); border-radius: .2rem; }
        .bad { color: var(--bad); }
        @media (max-width: 30rem) { table { font-size: .8rem; } .b { width: 25%; } }
        """

    private var figures: String {
        let list = report.figures.map { name, value in "<div><dt>\(name.asHTML)</dt><dd>\(value.asHTML)</dd></div>" }
        return "<dl>\n\(list.joined(separator: "\n"))\n</dl>"
    }

    private var chart: String {
        guard report.periods.count > 1 else { return "" }
        let most = max(1, report.periods.map(\.sessions).max() ?? 1)
        let rows = report.periods.map { period in
            let share = 100 * period.sessions / most
            let bar = period.sessions > 0 ? "<div style=\"width:\(max(1, share))%\"></div>" : ""
            let failures = period.failures > 0 ? "<span class=\"bad\">\(period.failures)</span>" : "0"
            return """
                <tr><th scope="row">\(period.name.asHTML)</th><td class="b">\(bar)</td>\
                <td class="n">\(period.sessions)</td><td class="n">\(period.messages)</td><td class="n">\(failures)</td></tr>
                """
        }
        return """
            <table>
            <caption>Sessions by \(report.noun)</caption>
            <thead><tr><th scope="col">\(report.noun)</th><th scope="col"></th><th scope="col" class="n">sessions</th>\
            <th scope="col" class="n">messages</th><th scope="col" class="n">failures</th></tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody>
            </table>
            """
    }

    private static func table(_ table: ReportTable) -> String {
        let heads = table.columns.map { "<th scope=\"col\"\($0.isNumber ? " class=\"n\"" : "")>\($0.name.asHTML)</th>" }
        let rows = table.rows.map { row in
            let cells = zip(table.columns, row).enumerated().map { index, cell in
                let text = cell.1.asHTML
                if index == 0 { return "<th scope=\"row\">\(text)</th>" }
                return cell.0.isNumber ? "<td class=\"n\">\(text)</td>" : "<td>\(text)</td>"
            }
            return "<tr>\(cells.joined())</tr>"
        }
        return """
            <table>
            <caption>\(table.caption.asHTML)</caption>
            <thead><tr>\(heads.joined())</tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody>
            </table>
            """
    }
}

extension String {
    /// As text of a page.
    var asHTML: String {
        // Scalar by scalar: a mark behind it makes another character of "<", which is "<" for a browser all the same.
        printable.unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}
