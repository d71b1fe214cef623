// Every sentence of the page, in English and Chinese.

/** A name as it stands between Chinese characters. */
const spaced = (name) => (/^[A-Za-z]/.test(name) ? ` ${name} ` : name);

const TEXTS = {
  en: {
    switchTo: "中文",
    subtitle: "Customer service",
    newChat: "New conversation",
    newShort: "New",
    leaveQueue: "You are waiting for a person. A new conversation takes you out of the queue.",
    leavePerson: (name) => `You are talking to ${name || "a person"}. A new conversation ends this one.`,
    conversation: "Conversation",
    greeting: "How can we help?",
    greetingHint: "Send a screenshot and ask about it.\nAttach it, paste it, or drop it here.",
    examples: ["What does this error message mean?", "Where do I find my order number here?", "Which step did I miss?"],
    question: "Ask about a screenshot…",
    writeTo: (name) => `Write to ${name || "our support"}…`,
    keys: "Enter sends, Shift + Enter begins a new line",
    attach: "Attach screenshots",
    pictures: "Attached screenshots",
    send: "Send",
    stop: "Stop answering",
    newest: "Go to the newest message",
    drop: "Drop screenshots here",
    close: "Close",
    picture: "Screenshot",
    enlarge: (n) => `Enlarge screenshot ${n}`,
    remove: (name) => `Remove ${name}`,
    you: "You",
    assistant: "Assistant",
    person: "A person:",
    talkToPerson: "Talk to a person",
    state_waiting: "You will be connected to a person. Until then the assistant goes on answering.",
    state_closed: "This conversation is closed. Your next message begins a new one.",
    withPerson: (name) => `You are talking to ${name || "a person"}`,
    choices: "Choices",
    marks: "Your rating, from 1 to 5",
    mark: (n) => `${n} of 5`,
    lowest: "Not satisfied",
    highest: "Very satisfied",
    cancel: "Cancel",
    file: (name) => `Download ${name}`,
    working: "Looking at it…",
    helpful: "Helpful",
    notHelpful: "Not helpful",
    rate: "Was this helpful?",
    why: "What was wrong with it? (optional)",
    wrong: "It is wrong",
    unclear: "It is unclear",
    incomplete: "Something is missing",
    other: "Other…",
    inYourWords: "In your own words",
    tell: "Send",
    thanks: "Thank you, that helps us.",
    reconnecting: "Connection lost. Connecting again…",
    offline: "You are offline. What you send goes out when the connection is back.",
    unsent: "Not sent yet. It goes out when the connection is back.",
    sending: "Sending…",
    failed: "Not sent:",
    again: "Try again",
    discard: "Discard",
    tooLarge: (name, megabytes) => `${name} is larger than ${megabytes} MB. A plain screenshot, or a crop of the part that matters, will do.`,
    notPicture: (name) => `${name} is not a picture that can be looked at. Please use PNG, JPEG, WebP or GIF.`,
    empty: (name) => `${name} is empty.`,
    tooMany: (limit) => `Up to ${limit} pictures at a time can be looked at.`,
    tooLong: (length, limit) => `Your message has ${length.toLocaleString("en")} characters; up to ${limit.toLocaleString("en")} can be read. Please shorten it.`,
    refused: "The service did not accept this.",
    unheard: "This was not taken, for the reason given before. Please try again later.",
    noCookie: "This chat needs a cookie to recognise you. Please allow cookies for this site and reload.",
    unnamed: "The file",
  },
  zh: {
    switchTo: "English",
    subtitle: "在线客服",
    newChat: "新对话",
    newShort: "新对话",
    leaveQueue: "您正在等待人工客服。开始新对话将退出等待。",
    leavePerson: (name) => `您${text("withPerson", name)}。开始新对话会结束当前对话。`,
    conversation: "对话",
    greeting: "有什么可以帮您？",
    greetingHint: "发一张截图并提问。\n可以添加、粘贴，或直接拖到这里。",
    examples: ["这个报错是什么意思？", "在这里怎么找到订单号？", "我漏了哪一步？"],
    question: "就截图提问…",
    writeTo: (name) => `发消息给${name ? spaced(name).trimEnd() : "人工客服"}…`,
    keys: "Enter 发送，Shift + Enter 换行",
    attach: "添加截图",
    pictures: "已添加的截图",
    send: "发送",
    stop: "停止回答",
    newest: "查看最新消息",
    drop: "将截图拖到这里",
    close: "关闭",
    picture: "截图",
    enlarge: (n) => `放大第 ${n} 张截图`,
    remove: (name) => `移除 ${name}`,
    you: "您",
    assistant: "智能客服",
    person: "人工客服：",
    talkToPerson: "转人工客服",
    state_waiting: "正在为您转接人工客服，接通前由智能客服继续回答。",
    state_closed: "本次对话已结束，再次发送消息将开始新的对话。",
    withPerson: (name) => `正在与${name ? spaced(name) : "人工客服"}对话`,
    choices: "选项",
    marks: "您的评分，1 至 5 分",
    mark: (n) => `${n} 分（满分 5 分）`,
    lowest: "不满意",
    highest: "非常满意",
    cancel: "取消",
    file: (name) => `下载 ${name}`,
    working: "正在查看…",
    helpful: "有帮助",
    notHelpful: "没帮助",
    rate: "这个回答有帮助吗？",
    why: "哪里不好？（选填）",
    wrong: "答案有误",
    unclear: "没看懂",
    incomplete: "不够完整",
    other: "其他…",
    inYourWords: "请简单说明",
    tell: "提交",
    thanks: "谢谢，您的反馈对我们很有帮助。",
    reconnecting: "连接已断开，正在重新连接…",
    offline: "您已离线。恢复连接后会自动发送。",
    unsent: "尚未发送，恢复连接后会自动发送。",
    sending: "正在发送…",
    failed: "未能发送：",
    again: "重试",
    discard: "放弃",
    tooLarge: (name, megabytes) => `${name}超过 ${megabytes} MB。普通截图或只截取相关部分即可。`,
    notPicture: (name) => `${name}不是可以查看的图片。请使用 PNG、JPEG、WebP 或 GIF。`,
    empty: (name) => `${name}是空文件。`,
    tooMany: (limit) => `一次最多查看 ${limit} 张图片。`,
    tooLong: (length, limit) => `您的消息有 ${length.toLocaleString("zh")} 个字符，最多可处理 ${limit.toLocaleString("zh")} 个。请精简后再发送。`,
    refused: "服务未能接受此内容。",
    unheard: "此内容未被受理，原因见之前的提示。请稍后再试。",
    noCookie: "此对话需要 Cookie 来识别您。请允许本站使用 Cookie 并刷新页面。",
    unnamed: "该文件",
  },
};

const KEPT = "looksee-language";
let current = "en";

export const language = () => current;

/** A sentence in the page's language; those with values take them as further arguments. */
export function text(key, ...values) {
  const found = TEXTS[current][key];
  return typeof found === "function" ? found(...values) : found;
}

/** Take the language chosen here before, or else the browser's. */
export function chooseLanguage() {
  let kept = null;
  try {
    kept = localStorage.getItem(KEPT);
  } catch {
    // Storage is switched off: then the browser's language it is, each time.
  }
  setLanguage(kept in TEXTS ? kept : navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");
}

export function switchLanguage() {
  setLanguage(current === "en" ? "zh" : "en");
  try {
    localStorage.setItem(KEPT, current);
  } catch {
    // As above.
  }
}

function setLanguage(chosen) {
  current = chosen;
  document.documentElement.lang = chosen === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]")) element.ariaLabel = text(element.dataset.label);
  for (const element of document.querySelectorAll("button.icon")) element.title = element.ariaLabel;
}
