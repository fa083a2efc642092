// What README.md, the recipes and the page of extensions say of rules: every script compiles, and what is supported where is true.

import Foundation
import Mail
import Sieve
import Testing

@testable import Filtering

struct DocumentationTests {
    private static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .appending(path: "../..").standardized

    private static func lines(_ path: String) -> [String] {
        let text = try? String(contentsOf: root.appending(path: path), encoding: .utf8)
        return (text ?? "").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// A script, and the section it stands in.
    private struct Recipe: CustomStringConvertible {
        var title: String
        var script: String

        var description: String { title }
    }

    private static func recipes(_ path: String) -> [Recipe] {
        var recipes: [Recipe] = []
        var title = ""
        var script: String?
        for line in lines(path) {
            if let open = script {
                script = line == "```" ? nil : open + line + "\n"
                if line == "```" { recipes.append(Recipe(title: title, script: open)) }
            } else if line == "```sieve" {
                script = ""
            } else if line.hasPrefix("#") {
                title = line
            }
        }
        return recipes
    }

    private static var settings: RuleSettings {
        var settings = RuleSettings()
        settings.scores.spam = ScoreSource(field: "X-Spam-Status")
        settings.lists["friends"] = ValueList(text: [])
        return settings
    }

    /// Everything the compiler has to say.
    private func diagnostics(_ script: String, _ reach: Reach) -> [String] {
        let file = RuleFile(name: "t", source: Array(script.utf8)) { _, _ in [] }
        do {
            return try RuleSet(files: [file], settings: Self.settings, reach: reach).warnings.map(\.description)
        } catch {
            return error.diagnostics.map(\.description)
        }
    }

    @Test(arguments: recipes("Sources/Sieve/Sieve.docc/Recipes.md"))
    private func recipeCompiles(_ recipe: Recipe) throws {
        #expect(diagnostics(recipe.script, .relay) == [])
        let formatted = try ScriptFormatter().format(Array(recipe.script.utf8), name: "t")
        #expect(!formatted.isEmpty)
    }

    @Test func thereAreRecipes() {
        let recipes = Self.recipes("Sources/Sieve/Sieve.docc/Recipes.md")
        #expect(recipes.count > 10)
    }

    @Test(arguments: recipes("README.md").filter { !$0.script.contains("vnd.dovecot.testsuite") })
    private func scriptsOfTheReadmeCompile(_ recipe: Recipe) { #expect(diagnostics(recipe.script, .relay) == []) }

    @Test func eachDefectIsExplained() {
        let page = "Sources/Sieve/Sieve.docc/Defects.md"
        let names = Self.lines(page).filter { $0.hasPrefix("| `") }.map { $0.split(separator: "`")[1] }
        #expect(names.map(String.init) == Defect.Kind.allCases.map(\.rawValue))
        for script in Self.recipes(page) { #expect(diagnostics(script.script, .relay) == []) }
    }

    // MARK: The table of what is supported

    /// Names of extensions in the first column, and whether the third says that the relay has them.
    private static let table: [(name: String, inRelay: Bool, inTry: Bool)] = lines(
        "Sources/Filtering/Filtering.docc/Extensions.md"
    )
    .prefix { !$0.hasPrefix("*Not yet*") }
    .flatMap { line in
        let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        guard cells.count >= 3, cells[0].hasPrefix("`") else {
            return [(name: String, inRelay: Bool, inTry: Bool)]()
        }
        let names = cells[0].split(separator: "`").filter { $0.first != "," && $0.first != " " }
        let isEverywhere = cells.last?.hasPrefix("yes") ?? false
        return names.map { (String($0), cells[cells.count - 2].hasPrefix("yes"), isEverywhere) }
    }

    @Test func theTableIsTrue() {
        #expect(Self.table.count > 30)
        for (name, inRelay, inTry) in Self.table {
            let script = "require \"\(name)\";"
            var settings = Self.settings
            settings.scores.virus = ScoreSource(field: "X")
            func compiles(_ reach: Reach) -> Bool {
                let file = RuleFile(name: "t", source: Array(script.utf8))
                return (try? RuleSet(files: [file], settings: settings, reach: reach)) != nil
            }
            #expect(compiles(.relay) == inRelay, "\(name)")
            #expect(compiles(.everything) == inTry, "\(name)")
        }
    }

    @Test func theTableIsComplete() {
        let known = Set(Self.table.map(\.name))
        let missing = Compiler.capabilities.filter { !known.contains($0) && $0 != "vnd.dovecot.testsuite" }
        #expect(missing == [])
    }
}
