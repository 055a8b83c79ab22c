// User agents of tools. One alternation over the lower-cased agent; the agents of a log repeat, so the answer is cached.

/** What a user agent gives away. */
export interface AgentFinding {
  readonly name: string;
  readonly technique: string;
}

const VULNERABILITY =
  /(?:^|[^a-z])(?:sqlmap|nikto|nessus|openvas|acunetix|w3af|wpscan|joomscan|droopescan|nuclei|netsparker|invicti|appscan|webinspect|arachni|skipfish|whatweb|wapiti|vega\/|zaproxy|owasp_?zap|owasp zed|burp ?(?:suite|collaborator)?\b|commix|havij|pangolin|sqlninja|sqlsus|bsqlbf|absinthe|xsser|xsstrike|dalfox|tplmap|fimap|uniscan|vulners|qualys|rapid7|nexpose|detectify|intruder\.io|probely|cmsmap|cmseek|jaeles|xray|fscan|goby|afrog|pocsuite|pocsuite3|metasploit|msfconsole|core-project|grendel-scan|paros|webscarab|n-stealth|whisker|libwhisker|webshag|golismero|brutus|jbrofuzz|wfuzz|ffuf|fuzz faster|feroxbuster|gobuster|dirbuster|dirb\b|dirsearch|dir-search|rustbuster|hakrawler|gospider|katana|httpx -|httprobe|subfinder|amass|sublist3r|massdns|domino|dotdotpwn|patator|hydra|medusa|ncrack|crackmapexec|cisco-torch|sipvicious|friendly-scanner|webcruiser|advanced email extractor|prog\.customcrawler|s\.t\.a\.l\.k\.e\.r|sysscan|toata dragostea|zmeu|zm eu|morfeus|muieblackcat|dfind|jorgee|jauditscan|lssrocketcrawler|security scan|springenwerk|sitemapper|bilbo|black widow|brandprotect|cgichk|cgi-scan|crimscanner|datacha0s|email extractor|floodgate|fhscan|gootkit|goofile|iis crawler|inspath|internet ninja|kmccrew|magereport|masscan|mas scan|mysqloit|n-stealth|netlab360|newscan|nsauditor|nmap|nvdorz|pmafind|pwneddork|revolt|scanbot|sfscan|struts-pwn|sqlpowerinjector|super happy fun|t34mh4k|this is an exploit|voideye|webbandit|webtrends security|wprecon|whcc|wwwscan|x-scan|xspider|zgrab|zoominfo scan|0wn|havoc|gsa-?search|openbullet|katana|interactsh|leakix|l9explore|l9tcpid|l9scan|cyberdragon|hello, ?world|hello-world|mozi\b|mirai|gafgyt|demon|b4ckdoor|shellshock|log4j|r00ts3c|ohshit|apachebench-exploit)/;
const INTERNET_SCANNER =
  /censys|shodan|zgrab|expanse|palo ?alto|internet-?measurement|netsystemsresearch|netcraftsurvey|onyphe|criminalip|binaryedge|stretchoid|project ?(?:sonar|25499)|securitytrails|internettl|researchscan|research-?scan|scan(?:ning)? (?:the )?internet|visionheight|cypex|alphastrike|infrawatch|odin\b.*getodin|modatscanner|genomecrawler|nicecrawler|fofa|zoomeye|quake|driftnet|bufferover|gdnplus|masscan|ips-agent|webzip|wget\/shell|keydrop|cms-?checker|tchelebi|leak-?lookup|palo alto networks|paloaltonetworks/;
const cache = new Map<string, AgentFinding | null>();
const MAX_CACHED = 4096;

/** The finding over a user agent, or null. A tool that is also used in honest work (curl, python-requests) is none. */
export function judgeAgent(agent: string): AgentFinding | null {
  const known = cache.get(agent);
  if (known !== undefined) return known;
  const finding = inspect(agent.slice(0, 1024).toLowerCase());
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(agent, finding);
  return finding;
}

function inspect(agent: string): AgentFinding | null {
  const tool = VULNERABILITY.exec(agent)?.[0];
  if (tool !== undefined) return { name: `tool ${tool.replace(/^[^a-z0-9]/, '')}`, technique: 'T1595.002' };
  const surveyor = INTERNET_SCANNER.exec(agent)?.[0];
  if (surveyor !== undefined) return { name: `internet scanner ${surveyor}`, technique: 'T1595.001' };
  if (/mozlila/.test(agent)) return { name: 'misspelt agent', technique: 'T1595.002' };
  return null;
}
