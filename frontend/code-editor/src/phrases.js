// What CodeMirror says itself, in the app's other languages (`EditorState.phrases`); English stands in its packages. The
// app's own texts come with the labels and problems it hands over.

/** @type {Record<string, Record<string, string>>} */
const tables = {
  ko: {
    // The search panel, and what it tells a screen reader.
    "Find": "찾기",
    "Replace": "바꾸기",
    "next": "다음",
    "previous": "이전",
    "all": "모두",
    "match case": "대소문자 구분",
    "regexp": "정규식",
    "by word": "단어 단위",
    "replace": "바꾸기",
    "replace all": "모두 바꾸기",
    "close": "닫기",
    "current match": "현재 일치 항목",
    "on line": "줄",
    "replaced match on line $": "$번째 줄의 항목을 바꿈",
    "replaced $ matches": "$개 항목을 바꿈",
    "Go to line": "줄로 이동",
    "go": "이동",
    // Problems.
    "Diagnostics": "문제",
    "No diagnostics": "문제 없음",
    // Folding; the last two are the marks beside the lines.
    "Folded lines": "접은 줄",
    "Unfolded lines": "펼친 줄",
    "to": "~",
    "folded code": "접은 코드",
    "unfold": "펼치기",
    "Fold": "접기",
    "Unfold": "펼치기",
    // Editing.
    "Selection deleted": "선택 항목 삭제됨",
    "Control character": "제어 문자",
  },
};

/** The phrases of a language by its tag (BCP 47); empty for English. */
export function phrasesOf(/** @type {string} */ tag) {
  return tables[tag] ?? {};
}
